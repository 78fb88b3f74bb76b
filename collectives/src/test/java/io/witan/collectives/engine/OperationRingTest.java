package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.flight.OperationState;
import io.witan.collectives.flight.RecordedOperation;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class OperationRingTest {
    private static final int OPERATIONS = 20_000;
    private static final long DEADLINE_NS = 60_000_000_000L;

    private final OperationRing ring = new OperationRing();

    private static Operation operation(long step) {
        return new Operation(OpCode.BARRIER, 0, 0, exchange -> {}).mark(step, -1);
    }

    /** One that was written over is forgotten, not written into the place of another. */
    @Test
    void shouldForgetWhatItWroteOver() {
        Operation old = operation(1);
        ring.enqueued(0, old);
        for (int i = 0; i < OperationRing.CAPACITY; i++) {
            ring.enqueued(1, operation(2));
        }
        ring.started(old, 10);
        ring.stuck(old, 5, List.of(3), List.of(4));
        ring.done(old, 20, 5);

        assertThat(ring.operations()).hasSize(OperationRing.CAPACITY).allSatisfy(recorded -> {
            assertThat(recorded.step()).isEqualTo(2);
            assertThat(recorded.state()).isEqualTo(OperationState.ENQUEUED);
            assertThat(recorded.waitsFor()).isEmpty();
            assertThat(recorded.sentBytes()).isZero();
        });
    }

    @Test
    void shouldForgetWhatAnEarlierOneWaitedFor() {
        Operation old = operation(1);
        ring.enqueued(0, old);
        ring.started(old, 10_000);
        ring.stuck(old, 5, List.of(3), List.of(4));
        assertThat(ring.operations().getFirst())
                .extracting(RecordedOperation::waitsFor, RecordedOperation::notTakenBy, RecordedOperation::startedUs)
                .containsExactly(List.of(3), List.of(4), 10L);
        for (int i = 0; i < OperationRing.CAPACITY; i++) {
            ring.enqueued(0, operation(2));
        }
        assertThat(ring.operations())
                .allSatisfy(recorded -> assertThat(recorded.waitsFor()).isEmpty());
    }

    /** Interpreted code may allocate, so rounds are repeated until one has not; code that allocates for good has no such round. */
    @Test
    void shouldAllocateNothingForAnOperation() {
        Operation operation = operation(1);
        LongSupplier allocated =
                ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())::getCurrentThreadAllocatedBytes;
        long endNs = System.nanoTime() + DEADLINE_NS;
        long bytes = Long.MAX_VALUE;
        while (bytes > 0 && System.nanoTime() - endNs < 0) {
            long before = allocated.getAsLong();
            for (int i = 0; i < OPERATIONS; i++) {
                ring.enqueued(i & 3, operation);
                ring.started(operation, i);
                ring.done(operation, i, i);
            }
            bytes = allocated.getAsLong() - before;
        }
        assertThat(bytes).isZero();
    }
}
