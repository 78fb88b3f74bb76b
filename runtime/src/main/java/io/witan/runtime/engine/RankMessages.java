package io.witan.runtime.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.collectives.CollectiveException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shares one text or value of each rank with all ranks. What a rank has to do first may take long, up to an hour: meanwhile it tells the others
 * that it is still at work, so that no operation of theirs comes to its deadline. A rank that is gone is found by the next word that it owes; one
 * that is waited for is named in the log of those who wait.
 *
 * <p>Thread rule: the training thread, on all ranks together; the work itself uses no lane.
 */
public final class RankMessages {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Between two words of a rank that is at work. */
    private static final long PAUSE_MS = 1000;

    /** Then it says nothing any more, and the others come to their deadline, which names it. */
    private static final long LONGEST_NS = TimeUnit.HOURS.toNanos(1);
    /** Between two lines in the log about a rank that is waited for. */
    private static final long LOGGED_NS = TimeUnit.SECONDS.toNanos(30);

    private static final long AT_WORK = -1;
    private static final Logger LOG = LoggerFactory.getLogger(RankMessages.class);

    private RankMessages() {}

    /** @return one text a rank, in rank order, the same list on every rank */
    public static List<String> exchange(RankRuntime runtime, String own) {
        byte[] bytes = own.getBytes(StandardCharsets.UTF_8);
        if (runtime.size() == 1) {
            return List.of(own);
        }
        StepArena.Mark mark = runtime.arena().mark();
        long[] parts = lengths(runtime, bytes.length);
        long begunNs = System.nanoTime();
        for (long loggedNs = begunNs; Arrays.stream(parts).anyMatch(part -> part == AT_WORK); ) {
            if (System.nanoTime() - loggedNs >= LOGGED_NS) {
                loggedNs = System.nanoTime();
                LOG.info(
                        "waits for {}, at work for {} s",
                        atWork(parts),
                        TimeUnit.NANOSECONDS.toSeconds(loggedNs - begunNs));
            }
            parts = lengths(runtime, bytes.length);
        }
        MemorySegment send = runtime.arena().hostBytes(bytes.length);
        MemorySegment.copy(bytes, 0, send, JAVA_BYTE, 0, bytes.length);
        MemorySegment all = runtime.arena().hostBytes(Arrays.stream(parts).sum());
        runtime.tokens().allGatherV(send, all, parts).await();
        List<String> texts = new ArrayList<>();
        long offset = 0;
        for (long part : parts) {
            texts.add(new String(all.asSlice(offset, part).toArray(JAVA_BYTE), StandardCharsets.UTF_8));
            offset += part;
        }
        runtime.arena().release(mark);
        return texts;
    }

    private static String atWork(long[] parts) {
        return IntStream.range(0, parts.length)
                .filter(rank -> parts[rank] == AT_WORK)
                .mapToObj(rank -> "rank " + rank)
                .collect(Collectors.joining(", "));
    }

    /** What each rank has to say, in bytes, or that it is at work. */
    private static long[] lengths(RankRuntime runtime, long own) {
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment length = runtime.arena().hostBytes(Long.BYTES);
        MemorySegment lengths = runtime.arena().hostBytes((long) runtime.size() * Long.BYTES);
        length.set(JAVA_LONG, 0, own);
        runtime.tokens().allGather(length, lengths).await();
        long[] all = lengths.toArray(JAVA_LONG);
        runtime.arena().release(mark);
        return all;
    }

    /**
     * Runs work that may fail on one rank only, and makes all ranks fail alike then.
     *
     * @return each rank's text
     * @throws RankFailedException on every rank if the work failed on any
     */
    public static List<String> all(RankRuntime runtime, Supplier<String> work) {
        String outcome;
        RuntimeException own = null;
        try (AtWork _ = new AtWork(runtime)) {
            outcome = "+" + work.get();
        } catch (RuntimeException e) {
            own = e;
            outcome = "-" + e.getMessage();
        }
        List<String> outcomes;
        try {
            outcomes = exchange(runtime, outcome);
        } catch (CollectiveException e) {
            if (own == null) {
                throw e;
            }
            own.addSuppressed(e);
            throw own;
        }
        if (own != null) {
            throw own;
        }
        for (int r = 0; r < outcomes.size(); r++) {
            if (outcomes.get(r).startsWith("-")) {
                throw new RankFailedException(r, outcomes.get(r).substring(1));
            }
        }
        return outcomes.stream().map(text -> text.substring(1)).toList();
    }

    /** Tells the other ranks that this one is at work, until it is closed; on a thread that has the lane to itself meanwhile. */
    private static final class AtWork implements AutoCloseable {
        private final CountDownLatch done = new CountDownLatch(1);
        private final Thread telling;

        AtWork(RankRuntime runtime) {
            telling = runtime.size() == 1 ? null : Thread.ofPlatform().daemon().start(() -> tell(runtime));
        }

        private void tell(RankRuntime runtime) {
            long begunNs = System.nanoTime();
            try {
                while (!done.await(PAUSE_MS, TimeUnit.MILLISECONDS) && System.nanoTime() - begunNs < LONGEST_NS) {
                    lengths(runtime, AT_WORK);
                }
            } catch (CollectiveException others) {
                // The next operation of the training thread tells of it.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            done.countDown();
            boolean interrupted = false;
            while (telling != null && telling.isAlive()) {
                try {
                    telling.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * As {@link #all(RankRuntime, Supplier)}, with values that have a form in JSON.
     *
     * @throws IllegalStateException if ranks of another version say it in another form
     */
    public static <T> List<T> all(RankRuntime runtime, Class<T> type, Supplier<T> work) {
        return all(runtime, () -> json(work.get())).stream()
                .map(text -> read(text, type))
                .toList();
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T read(String text, Class<T> type) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("ranks of different versions: " + e.getOriginalMessage(), e);
        }
    }
}
