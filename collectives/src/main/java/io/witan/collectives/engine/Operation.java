package io.witan.collectives.engine;

/** One rank's part of a collective operation. Made by the caller, then owned by its lane. */
public final class Operation {
    /** Says what is exchanged, when the operation is first of its lane. */
    @FunctionalInterface
    public interface Layout {
        void layOut(Exchange exchange);
    }

    private final OpCode code;
    private final long signature;
    private final long extent;
    private final Layout layout;

    private long step = -1;
    private int layer = -1;
    private long sequence;
    private long submittedNs;
    private long startedNs;
    private long recorded;
    private Fault fault;
    private volatile boolean done;

    /**
     * @param signature a hash of everything that all ranks must pass alike, lengths apart
     * @param extent a length in bytes that all ranks must pass alike; 0 if there is none
     */
    public Operation(OpCode code, long signature, long extent, Layout layout) {
        this.code = code;
        this.signature = signature;
        this.extent = extent;
        this.layout = layout;
    }

    /** Training step and layer, for messages; -1: none. */
    public Operation mark(long step, int layer) {
        this.step = step;
        this.layer = layer;
        return this;
    }

    /** Complete or failed: the buffers are no longer touched. */
    public boolean isDone() {
        return done;
    }

    /** Why it failed; null if it did not. Valid once done. */
    public Fault fault() {
        return fault;
    }

    public OpCode code() {
        return code;
    }

    long signature() {
        return signature;
    }

    long extent() {
        return extent;
    }

    /** As it was marked. */
    public long step() {
        return step;
    }

    /** As it was marked. */
    public int layer() {
        return layer;
    }

    /** When it was given to its lane, by {@link System#nanoTime}. */
    public long submittedNs() {
        return submittedNs;
    }

    long sequence() {
        return sequence;
    }

    long startedNs() {
        return startedNs;
    }

    /** Its number in the {@link OperationRing}. */
    long recorded() {
        return recorded;
    }

    void recordedAs(long number) {
        recorded = number;
    }

    void submitted(long nowNs) {
        submittedNs = nowNs;
    }

    void enqueued(long sequence) {
        this.sequence = sequence;
    }

    void start(Exchange exchange, long nowNs) {
        startedNs = nowNs;
        layout.layOut(exchange);
    }

    void complete() {
        done = true;
    }

    void fail(Fault why) {
        fault = why;
        done = true;
    }

    /** As messages begin: {@code allToAllV step=812 layer=3}. */
    String label() {
        return label(code.label(), step, layer);
    }

    static String label(String name, long step, int layer) {
        return name + (step < 0 ? "" : " step=" + step) + (layer < 0 ? "" : " layer=" + layer);
    }
}
