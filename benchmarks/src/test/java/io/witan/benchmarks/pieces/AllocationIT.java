package io.witan.benchmarks.pieces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What runs for each frame or element allocates nothing once it is compiled. Interpreted code does, so rounds are repeated until
 * one has allocated nothing; code that allocates for good never has such a round.
 */
class AllocationIT {
    private static final int OPERATIONS_A_ROUND = 5_000;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);

    @ParameterizedTest
    @ValueSource(longs = {4096, 262144})
    void copies(long bytes) {
        CopyBenchmark copy = new CopyBenchmark();
        copy.bytes = bytes;
        copy.setUp();
        assertAllocatesNothing(copy::whole, DEADLINE_NS);
        assertAllocatesNothing(copy::slices, DEADLINE_NS);
        copy.tearDown();
    }

    @ParameterizedTest
    @CsvSource({"fp32,2", "fp32,3", "fp32,4", "fp32,8", "bf16,2", "bf16,3", "bf16,4", "bf16,8"})
    void sums(String type, int terms) {
        SumBenchmark sum = new SumBenchmark();
        sum.type = type;
        sum.terms = terms;
        sum.setUp();
        assertAllocatesNothing(sum::kernel, DEADLINE_NS);
        sum.tearDown();
    }

    @Test
    void framesWrittenAndChecked() {
        FrameBenchmark frame = new FrameBenchmark();
        frame.setUp();
        assertAllocatesNothing(frame::encode, DEADLINE_NS);
        assertAllocatesNothing(frame::check, DEADLINE_NS);
        frame.tearDown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"copied", "lent"})
    void hops(String payload) throws IOException, InterruptedException {
        HopBenchmark hop = new HopBenchmark();
        hop.payload = payload;
        hop.setUp();
        try {
            assertAllocatesNothing(hop::hop, DEADLINE_NS);
        } finally {
            hop.tearDown();
        }
    }

    @Test
    void anAllocatingPieceIsSeen() {
        Object[] escaped = new Object[1];
        assertThatThrownBy(() ->
                        assertAllocatesNothing(() -> escaped[0] = new long[1], TimeUnit.MILLISECONDS.toNanos(500)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("bytes an operation");
        assertThat(escaped[0]).isNotNull();
    }

    private static void assertAllocatesNothing(Runnable operation, long deadlineNs) {
        LongSupplier allocated = allocatedBytes();
        long end = System.nanoTime() + deadlineNs;
        long bytes = round(operation, allocated);
        while (bytes > 0 && System.nanoTime() - end < 0) {
            bytes = round(operation, allocated);
        }
        assertThat(bytes / (double) OPERATIONS_A_ROUND).as("bytes an operation").isZero();
    }

    private static long round(Runnable operation, LongSupplier allocated) {
        long before = allocated.getAsLong();
        for (int i = 0; i < OPERATIONS_A_ROUND; i++) {
            operation.run();
        }
        return allocated.getAsLong() - before;
    }

    /** By this thread. */
    private static LongSupplier allocatedBytes() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(threads.isThreadAllocatedMemoryEnabled()).isTrue();
        return threads::getCurrentThreadAllocatedBytes;
    }
}
