package io.witan.runtime.trace;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.CompletedOperation;
import io.witan.collectives.Handle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Records what a rank does in some steps, by this host's {@link System#nanoTime}:
 *
 * <pre>{@code
 * long begin = timeline.begin();
 * ...
 * timeline.end(Span.EXPERTS, layer, piece, begin);
 * }</pre>
 *
 * <p>While nothing is recorded, outside of the wanted steps and always in {@link #OFF}, that is one look at a field: no clock is read
 * and nothing allocated. Spans may lie inside one another; then the inner one has its time.
 *
 * <p>Memory is bounded: of the spans of the training thread and of the operations of lanes, 131 072 each. What comes after that is
 * counted and left out.
 *
 * <p>Thread rule: the rank's training thread.
 */
public final class Timeline {
    /** Records nothing. */
    public static final Timeline OFF = new Timeline(TraceSteps.NONE);

    /** For what is not of a layer, or of a whole layer and not of a piece of it. */
    public static final int NONE = -1;

    private static final int MOST_EVENTS = 1 << 17;

    private final TraceSteps steps;
    private final EventBuffer spans = new EventBuffer(MOST_EVENTS);
    private final Operations operations = new Operations();
    private boolean recording;
    private long step;
    private long stepBeginNs;
    private Phase phase = Phase.FORWARD;

    private Timeline(TraceSteps steps) {
        this.steps = steps;
    }

    /** One that records those steps. */
    public static Timeline of(TraceSteps steps) {
        return new Timeline(steps);
    }

    /** Also records the operations of a group, from now on. */
    public void observe(CommunicatorGroup group) {
        if (isOn()) {
            group.observe(operations::completed);
        }
    }

    /** It records some steps. */
    public boolean isOn() {
        return steps.most() > 0;
    }

    public TraceSteps steps() {
        return steps;
    }

    /** @param number of a step that begins, greater than those before */
    public void beginStep(long number) {
        if (steps.contains(number)) {
            spans.forgetBefore(number - steps.most() + 1);
            operations.beginStep(number, number - steps.most() + 1);
            step = number;
            phase = Phase.FORWARD;
            recording = true;
            stepBeginNs = System.nanoTime();
        }
    }

    /** The step is over. */
    public void endStep() {
        if (recording) {
            add(TraceLane.STEPS, Span.STEP, NONE, NONE, stepBeginNs);
            recording = false;
            operations.endStep();
        }
    }

    /** What spans that end from here on belong to. */
    public void phase(Phase now) {
        if (recording) {
            phase = now;
        }
    }

    /** Now, for {@link #end}; 0 if nothing is recorded. */
    public long begin() {
        return recording ? System.nanoTime() : 0;
    }

    /**
     * A span has ended.
     *
     * @param layer number of the MoE layer, or {@link #NONE}
     * @param piece of the layer's work, from 0, or {@link #NONE}
     * @param beginNs of {@link #begin}
     */
    public void end(Span span, int layer, int piece, long beginNs) {
        if (beginNs != 0) {
            add(TraceLane.COMPUTE, span, layer, piece, beginNs);
        }
    }

    /** Waits for an operation: a span, unless it is done. */
    public void await(Handle operation, Span span, int layer, int piece) {
        long beginNs = recording && !operation.isDone() ? System.nanoTime() : 0;
        operation.await();
        end(span, layer, piece, beginNs);
    }

    private void add(TraceLane lane, Span span, int layer, int piece, long beginNs) {
        if (spans.add(EventBuffer.code(lane, span, phase, 0), layer, piece, step)) {
            spans.time(beginNs, beginNs, System.nanoTime(), 0);
        }
    }

    /**
     * All that was recorded, for {@link RankTrace}: numbers of events, of those left out, and of bytes of names; names of operations,
     * a line each; the events.
     */
    byte[] toBytes() {
        return operations.toBytes(spans);
    }

    /** The operations of lanes: taken up on the threads that complete them. */
    private static final class Operations {
        private final EventBuffer events = new EventBuffer(MOST_EVENTS);
        private final List<String> names = new ArrayList<>();
        private boolean recording;
        private long step;

        synchronized void beginStep(long number, long first) {
            events.forgetBefore(first);
            step = number;
            recording = true;
        }

        synchronized void endStep() {
            recording = false;
        }

        synchronized void completed(CompletedOperation done) {
            if (recording && events.add(code(done), done.layer(), NONE, step)) {
                events.time(done.submittedNs(), done.startedNs(), done.doneNs(), done.sentBytes());
            }
        }

        private int code(CompletedOperation done) {
            return EventBuffer.code(TraceLane.of(done.lane()), Span.OPERATION, Phase.FORWARD, nameOf(done.operation()));
        }

        private int nameOf(String operation) {
            int index = names.indexOf(operation);
            if (index < 0) {
                index = names.size();
                names.add(operation);
            }
            return index;
        }

        synchronized byte[] toBytes(EventBuffer spans) {
            byte[] text = String.join("\n", names).getBytes(StandardCharsets.UTF_8);
            int count = spans.count() + events.count();
            ByteBuffer bytes = ByteBuffer.allocate(
                            RankTrace.HEADER_BYTES + text.length + count * EventBuffer.EVENT_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(count)
                    .putInt(text.length)
                    .putLong(spans.dropped() + events.dropped())
                    .put(text);
            spans.write(bytes);
            events.write(bytes);
            return bytes.array();
        }
    }
}
