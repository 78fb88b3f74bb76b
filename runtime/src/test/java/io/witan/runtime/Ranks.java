package io.witan.runtime;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.InMemoryNetwork;
import io.witan.collectives.NodeDriver;
import io.witan.kernels.Kernels;
import io.witan.kernels.host.HostKernels;
import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Runs a program on several ranks, one thread each. */
public final class Ranks {
    private static final long DEADLINE_SECONDS = 120;

    /** What one rank does. */
    public interface Program<T> {
        T run(RankRuntime runtime) throws Exception;
    }

    private Ranks() {}

    /**
     * Over the in-memory network, without memory that ranks share.
     *
     * @return each rank's result, in rank order
     */
    public static <T> List<T> run(Topology topology, Program<T> program) {
        return run(InMemoryNetwork.reliable(topology), topology, program);
    }

    /** As {@link #run(Topology, Program)}, with another deadline of operations. */
    public static <T> List<T> runWithDeadline(Duration deadline, Topology topology, Program<T> program) {
        return run(InMemoryNetwork.reliable(topology).withDeadline(deadline), topology, program);
    }

    private static <T> List<T> run(InMemoryNetwork network, Topology topology, Program<T> program) {
        int ranks = topology.rankCount();
        return run(ranks, rank -> ranks == 1 ? CommunicatorGroup.solo() : network.connect(rank), 0, program);
    }

    /**
     * Over shared memory inside a node and UDP between nodes.
     *
     * @param sharedBytes what a rank may take of shared memory for what ranks exchange
     */
    public static <T> List<T> runOnNodes(Topology topology, long sharedBytes, Program<T> program) throws IOException {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        List<NodeDriver> drivers = new ArrayList<>();
        try {
            for (int node = 0; node < topology.nodeCount(); node++) {
                drivers.add(NodeDriver.start(parent.resolve("node-" + node)));
            }
            List<String> endpoints = endpoints(topology.rankCount());
            return run(
                    topology.rankCount(),
                    rank -> AeronGroups.connect(new GroupConfig(
                            0x7E57,
                            rank,
                            topology,
                            drivers.get(topology.nodeOf(rank)).directory(),
                            endpoints,
                            NodeDriver.DEFAULT_DEADLINE,
                            Duration.ofSeconds(DEADLINE_SECONDS),
                            1)),
                    sharedBytes,
                    program);
        } finally {
            drivers.forEach(NodeDriver::close);
            Files.delete(parent);
        }
    }

    private static List<String> endpoints(int count) throws IOException {
        List<DatagramSocket> free = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                free.add(new DatagramSocket(0));
            }
            return free.stream()
                    .map(socket -> "127.0.0.1:" + socket.getLocalPort())
                    .toList();
        } finally {
            free.forEach(DatagramSocket::close);
        }
    }

    private static <T> List<T> run(
            int ranks, IntFunction<CommunicatorGroup> connect, long sharedBytes, Program<T> program) {
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Future<T>> running = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                int own = rank;
                running.add(threads.submit((Callable<T>) () -> {
                    CommunicatorGroup group = connect.apply(own);
                    // Closed from the last to the first: communication ends before the memory goes that it may read.
                    try (ExchangeMemory exchange = new ExchangeMemory(group, sharedBytes);
                            Kernels kernels = HostKernels.open(1);
                            StepArena arena = new StepArena(kernels.memory(), kernels.memory(), 1 << 20);
                            group) {
                        return program.run(new RankRuntime(kernels, kernels, group, arena, exchange));
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
