package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.NoTransport;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One lane with a clock of its own. */
class LaneTest {
    private static final long DEADLINE = 1_000_000_000L;
    private static final World ALONE = new World(5, 0, 1, 1, 0, DEADLINE);
    private static final int SLICES = 5;

    private final List<Fault> faults = new ArrayList<>();
    private final NoTransport none = new NoTransport();
    private final FrameSender sender = new FrameSender(ALONE, none);
    private final Lane lane = new Lane(ALONE, 0, none, sender, new FrameGate(ALONE), new OperationRing(), faults::add);

    @AfterEach
    void close() {
        lane.close();
        sender.close();
    }

    /** A deadline is for what peers owe: a rank that has it all may take as long as its own sums need. */
    @Test
    void shouldFinishItsOwnWorkBehindTheDeadline() {
        try (Arena arena = Arena.ofShared()) {
            long bytes = SLICES * Exchange.SLICE_BYTES;
            MemorySegment term = arena.allocate(bytes, Float.BYTES);
            MemorySegment sum = arena.allocate(bytes, Float.BYTES);
            term.setAtIndex(ValueLayout.JAVA_FLOAT, bytes / Float.BYTES - 1, 1.5f);
            Operation operation = new Operation(OpCode.REDUCE, 0, bytes, exchange -> {
                Part own = exchange.present(term, 0, bytes);
                exchange.sum(SumKernel.FP32, exchange.room(sum, 0, bytes), new Part[] {own, own}, 2);
            });
            lane.submit(operation);
            for (int step = 0; step < SLICES; step++) {
                assertThat(operation.isDone()).isFalse();
                assertThat(lane.progress(2 * step * DEADLINE, 1)).isPositive();
            }
            lane.progress(2 * SLICES * DEADLINE, 1);

            assertThat(operation.isDone()).isTrue();
            assertThat(faults).isEmpty();
            assertThat(sum.getAtIndex(ValueLayout.JAVA_FLOAT, bytes / Float.BYTES - 1))
                    .isEqualTo(3);
        }
    }
}
