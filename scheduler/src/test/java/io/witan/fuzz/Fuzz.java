package io.witan.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Feeds seeded inputs to a reader: each is taken or refused, none hangs, and none makes it allocate more than its limit on the heap.
 * {@code -Dwitan.fuzz.scale=X} runs that share of a test's count (0.01 unless it is given, 1 with {@code -Psoak}), {@code
 * -Dwitan.fuzz.seed=S} the input of that seed alone.
 */
public final class Fuzz {
    private static final double SCALE = Double.parseDouble(System.getProperty("witan.fuzz.scale", "0.01"));
    private static final Long SINGLE = Long.getLong("witan.fuzz.seed");
    /** Many times what an input of a few kilobytes takes, also on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** With fewer it may be chance that all were taken. */
    private static final int FEW = 500;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What is tried. @param <T> the input */
    public interface Reader<T> {
        /** Reads an input. Any exception fails the test. @return false if the input was refused as it should be */
        boolean takes(T input);
    }

    /** How much a reader may allocate for an input: a share that every input has, and a multiple of its length. */
    public record Limit(long bytes, int times) {
        long of(int inputBytes) {
            return bytes + (long) times * inputBytes;
        }
    }

    private final String what;
    private final long count;
    private final Limit limit;
    private final AtomicLong seed = new AtomicLong();
    private long taken;
    private long mostBytes;

    private Fuzz(String what, long count, Limit limit) {
        this.what = what;
        this.count = count;
        this.limit = limit;
    }

    /**
     * Runs a share of {@code count} inputs. Fails, with the seed, at the first that does anything but what it should, and if all
     * were taken or all refused, as then the inputs are at fault.
     *
     * @param count with {@code witan.fuzz.scale=1}
     */
    public static void bytes(
            String what, long count, Limit limit, Function<SplittableRandom, byte[]> inputs, Reader<byte[]> reader) {
        new Fuzz(what, count, limit).run(inputs, bytes -> bytes.length, reader);
    }

    /** As {@link #bytes}, of texts; two bytes count for a character. */
    public static void texts(
            String what, long count, Limit limit, Function<SplittableRandom, String> inputs, Reader<String> reader) {
        new Fuzz(what, count, limit).run(inputs, text -> 2 * text.length(), reader);
    }

    private <T> void run(Function<SplittableRandom, T> inputs, Function<T, Integer> length, Reader<T> reader) {
        long first = SINGLE == null ? 0 : SINGLE;
        long tries = SINGLE == null ? Math.max(1, Math.round(count * SCALE)) : 1;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        long startNs = System.nanoTime();
        seed.set(first);
        Thread worker = Thread.ofPlatform().name("fuzz").daemon().start(() -> {
            try {
                for (; seed.get() < first + tries; seed.incrementAndGet()) {
                    T input = inputs.apply(new SplittableRandom(seed.get()));
                    one(input, length.apply(input), reader);
                }
            } catch (Throwable thrown) {
                failure.set(thrown);
            }
        });
        await(worker);
        if (failure.get() != null) {
            throw new AssertionError(replay(), failure.get());
        }
        System.out.printf(
                "%s: %d inputs in %.1f s, %d taken, %d refused; at most %d bytes allocated%n",
                what, tries, (System.nanoTime() - startNs) / 1e9, taken, tries - taken, mostBytes);
        if (SINGLE == null && tries >= FEW && (taken == 0 || taken == tries)) {
            throw new AssertionError(what + ": all inputs were " + (taken == 0 ? "refused" : "taken"));
        }
    }

    /** What the JVM allocates once, for a class on its first use, is not the reader's: only what it takes again counts. */
    private <T> void one(T input, int length, Reader<T> reader) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        taken += reader.takes(input) ? 1 : 0;
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (allocated > limit.of(length)) {
            before = THREADS.getCurrentThreadAllocatedBytes();
            reader.takes(input);
            allocated = Math.min(allocated, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        mostBytes = Math.max(mostBytes, allocated);
        if (allocated > limit.of(length)) {
            throw new AssertionError("allocated " + allocated + " bytes for an input of " + length + ", allowed are "
                    + limit.of(length));
        }
    }

    private void await(Thread worker) {
        try {
            long at = seed.get();
            while (!worker.join(PATIENCE)) {
                if (seed.get() == at) {
                    AssertionError hang =
                            new AssertionError(replay() + " takes longer than " + PATIENCE.toSeconds() + " s");
                    hang.setStackTrace(worker.getStackTrace());
                    throw hang;
                }
                at = seed.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(replay() + " was interrupted", e);
        }
    }

    private String replay() {
        return what + ": replay with -Dwitan.fuzz.seed=" + seed.get();
    }
}
