package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/** Runs the ranks of a world as threads, under a watchdog. */
final class Ranks {
    static final Duration WATCHDOG = Duration.ofSeconds(60);

    @FunctionalInterface
    interface Work<T> {
        T on(CommunicatorGroup group) throws Exception;
    }

    private Ranks() {}

    static <T> List<T> run(InMemoryNetwork network, Work<T> work) {
        return run(network.rankCount(), network::connect, work);
    }

    static <T> List<T> run(Topology topology, Work<T> work) {
        return run(InMemoryNetwork.reliable(topology), work);
    }

    /** All ranks' results in rank order; the first rank's exception if one throws. */
    static <T> List<T> run(int rankCount, IntFunction<CommunicatorGroup> connect, Work<T> work) {
        List<Callable<T>> calls = new ArrayList<>();
        for (int r = 0; r < rankCount; r++) {
            int rank = r;
            calls.add(() -> {
                try (CommunicatorGroup group = connect.apply(rank)) {
                    return work.on(group);
                }
            });
        }
        return inParallel(calls);
    }

    /** The verdict of each rank; null where none was thrown. */
    static List<CollectiveException> verdicts(InMemoryNetwork network, Work<?> work) {
        return run(network, group -> {
            try {
                work.on(group);
                return null;
            } catch (CollectiveException verdict) {
                return verdict;
            }
        });
    }

    static <T> List<T> inParallel(List<Callable<T>> calls) {
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name("rank-", 0).factory());
        try {
            List<Future<T>> futures = calls.stream().map(threads::submit).toList();
            List<T> results = new ArrayList<>();
            long endNs = System.nanoTime() + WATCHDOG.toNanos();
            for (Future<T> future : futures) {
                results.add(future.get(Math.max(1, endNs - System.nanoTime()), TimeUnit.NANOSECONDS));
            }
            return results;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (failed.getCause() instanceof AssertionError wrong) {
                throw wrong;
            }
            throw new AssertionError(failed.getCause());
        } catch (TimeoutException hang) {
            throw new AssertionError("a rank hangs:\n" + stacks(), hang);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        } finally {
            threads.shutdownNow();
        }
    }

    private static String stacks() {
        StringBuilder text = new StringBuilder();
        Thread.getAllStackTraces().forEach((thread, frames) -> {
            if (thread.getName().startsWith("rank-") || thread.getName().startsWith("witan-")) {
                text.append(thread.getName()).append('\n');
                for (StackTraceElement frame : frames) {
                    text.append("    ").append(frame).append('\n');
                }
            }
        });
        return text.toString();
    }
}
