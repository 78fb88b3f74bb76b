package io.witan.runtime.engine;

import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import io.witan.kernels.Kernels;
import io.witan.kernels.cuda.CudaKernels;
import io.witan.kernels.host.HostKernels;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.plan.Topology;

/**
 * One rank's kernels, connection and memory. The parts of a model share it and own none of it.
 *
 * @param kernels that the model runs on
 * @param hostKernels for what lies in host memory: state and what ranks exchange; the same if the model runs on the host
 * @param arena scratch of the current step
 * @param exchange memory for what ranks exchange
 * @param timeline takes up what this rank does
 */
public record RankRuntime(
        Kernels kernels,
        Kernels hostKernels,
        CommunicatorGroup group,
        StepArena arena,
        ExchangeMemory exchange,
        Timeline timeline)
        implements AutoCloseable {
    /** Without a timeline. */
    public RankRuntime(
            Kernels kernels, Kernels hostKernels, CommunicatorGroup group, StepArena arena, ExchangeMemory exchange) {
        this(kernels, hostKernels, group, arena, exchange, Timeline.OFF);
    }

    /**
     * Opens the host kernels and memory on a connection, all of which {@link #close} closes.
     *
     * @param threads compute threads of this rank, the calling one included
     * @param sharedBytes how much of the node's shared memory this rank may take for what ranks exchange
     * @throws IllegalStateException in one line if the JVM lacks a flag
     */
    public static RankRuntime open(CommunicatorGroup group, int threads, long sharedBytes) {
        return open(group, Compute.host(threads), sharedBytes);
    }

    /**
     * As {@link #open(CommunicatorGroup, int, long)}, where it says.
     *
     * @throws io.witan.kernels.KernelUnavailableException in one line if there is no such device; nothing else is taken in its place
     */
    public static RankRuntime open(CommunicatorGroup group, Compute compute, long sharedBytes) {
        return open(group, compute, sharedBytes, Timeline.OFF);
    }

    /** As {@link #open(CommunicatorGroup, Compute, long)}, with a timeline, which also takes up the operations of the group. */
    public static RankRuntime open(CommunicatorGroup group, Compute compute, long sharedBytes, Timeline timeline) {
        JvmFlags.require(group.lane(CommunicatorGroup.TOKENS).size());
        Kernels host = HostKernels.open(compute.threads());
        Kernels kernels;
        try {
            kernels = compute.target() == Compute.Target.HOST ? host : openDevice(group, compute);
        } catch (RuntimeException | Error e) {
            host.close();
            throw e;
        }
        StepArena arena = new StepArena(kernels.memory(), host.memory(), StepArena.BLOCK_BYTES);
        timeline.observe(group);
        return new RankRuntime(kernels, host, group, arena, new ExchangeMemory(group, sharedBytes), timeline);
    }

    private static Kernels openDevice(CommunicatorGroup group, Compute compute) {
        Communicator lane = group.lane(CommunicatorGroup.TOKENS);
        int localRank = lane.topology().localRank(lane.rank());
        return CudaKernels.open(localRank % CudaKernels.deviceCount(), compute.precision());
    }

    public int rank() {
        return tokens().rank();
    }

    public int size() {
        return tokens().size();
    }

    public Topology topology() {
        return tokens().topology();
    }

    /** The lane of token exchanges and counters: what a step waits for. */
    public Communicator tokens() {
        return group.lane(CommunicatorGroup.TOKENS);
    }

    /** The lane of hops of tokens inside a node, where rows take several. */
    public Communicator inNode() {
        return group.lane(CommunicatorGroup.NODE);
    }

    /** The lane of expert parameters and their gradients, which run beside computation. */
    public Communicator parameters() {
        return group.lane(CommunicatorGroup.PARAMETERS);
    }

    /** The lane of gradients of dense parameters, which yields to the others. */
    public Communicator gradients() {
        return group.lane(CommunicatorGroup.GRADIENTS);
    }

    @Override
    public void close() {
        // Closed in reverse, each whatever becomes of the others: communication ends before the memory goes that it may
        // read.
        try (exchange;
                hostKernels;
                kernels;
                arena) {
            group.close();
        }
    }
}
