package io.witan.collectives.engine;

import java.util.List;

/** One rank's part of a collective operation. Made by the caller, then owned by its lane. */
public final class Operation {
    /** Lays out the exchanges when the operation is first of its lane. */
    @FunctionalInterface
    public interface Layout {
        List<Phase> phases(Scratch scratch);
    }

    private final OpCode code;
    private final long signature;
    private final long extent;
    private final Layout layout;

    private long step = -1;
    private int layer = -1;
    private long sequence;
    private long startedNs;
    private List<Phase> phases = List.of();
    private int phase;
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

    OpCode code() {
        return code;
    }

    long signature() {
        return signature;
    }

    long extent() {
        return extent;
    }

    long step() {
        return step;
    }

    int layer() {
        return layer;
    }

    long sequence() {
        return sequence;
    }

    long startedNs() {
        return startedNs;
    }

    void enqueued(long sequence) {
        this.sequence = sequence;
    }

    void start(Scratch scratch, long nowNs) {
        startedNs = nowNs;
        scratch.reset();
        phases = layout.phases(scratch);
    }

    boolean hasPhase() {
        return phase < phases.size();
    }

    /** True if there is no phase, or the current one is done: acted, and nobody reads memory of this rank any more. */
    boolean isPhaseOver() {
        return !hasPhase() || phase().hasActed() && phase().isReturned();
    }

    int phaseIndex() {
        return phase;
    }

    Phase phase() {
        return phases.get(phase);
    }

    /** True if this or a later phase waits for bytes from that rank. */
    boolean stillOwes(int source) {
        for (int i = phase; i < phases.size(); i++) {
            if (phases.get(i).owes(source)) {
                return true;
            }
        }
        return false;
    }

    /** True if this or a later phase has bytes for that rank. */
    boolean stillOwed(int target) {
        for (int i = phase; i < phases.size(); i++) {
            if (phases.get(i).isOwed(target)) {
                return true;
            }
        }
        return false;
    }

    void endPhase() {
        phase++;
    }

    void complete() {
        phases = List.of();
        done = true;
    }

    void fail(Fault why) {
        fault = why;
        phases = List.of();
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
