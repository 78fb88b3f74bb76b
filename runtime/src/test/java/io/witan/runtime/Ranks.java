package io.witan.runtime;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.InMemoryNetwork;
import io.witan.kernels.Kernels;
import io.witan.kernels.host.HostKernels;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a program on several ranks, one thread each, over the in-memory network. */
public final class Ranks {
    private static final long DEADLINE_SECONDS = 120;

    /** What one rank does. */
    public interface Program<T> {
        T run(RankRuntime runtime) throws Exception;
    }

    private Ranks() {}

    /** @return each rank's result, in rank order */
    public static <T> List<T> run(Topology topology, Program<T> program) {
        InMemoryNetwork network = InMemoryNetwork.reliable(topology);
        int ranks = topology.rankCount();
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Future<T>> running = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                int own = rank;
                running.add(threads.submit((Callable<T>) () -> {
                    try (CommunicatorGroup group = ranks == 1 ? CommunicatorGroup.solo() : network.connect(own);
                            Kernels kernels = HostKernels.open(1);
                            StepArena arena = new StepArena(1 << 20)) {
                        return program.run(new RankRuntime(kernels, group, arena));
                    }
                }));
            }
            return collect(running, threads);
        }
    }

    private static <T> List<T> collect(List<Future<T>> running, ExecutorService threads) {
        List<T> results = new ArrayList<>();
        try {
            for (Future<T> rank : running) {
                results.add(rank.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
            }
            return results;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException fault ? fault : new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            threads.shutdownNow();
            throw new AssertionError("ranks did not finish within " + DEADLINE_SECONDS + " s", e);
        }
    }
}
