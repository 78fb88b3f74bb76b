package io.witan.launcher.agent;

import java.util.HexFormat;
import java.util.List;

/**
 * What every node of a run must know; goes to the node agents and on to the ranks as JSON.
 *
 * @param runId 16 hexadecimal digits, new for each start
 * @param ranksPerNode ranks on node 0, 1, ...
 * @param endpoints host:port of each rank, in rank order
 * @param config the resolved configuration, YAML text
 * @param configHash its hash, which all ranks compare when they meet
 * @param threads compute threads of a rank; 0: the node's cores divided by its ranks
 * @param binding cores that the processes of ranks get
 * @param heap Java heap of a rank, as -Xmx wants it
 * @param shmBytes shared memory that the run needs on each node
 * @param outputFolder absolute path
 * @param metricsFile absolute path
 * @param resume absolute path of the run to go on from; empty: a fresh start
 * @param metricsPort of rank 0's endpoint for Prometheus, 0 for any that is free; {@link #NO_PORT}: none
 * @param traceFile absolute path of the timeline that rank 0 writes; empty: none is recorded
 * @param traceSteps which steps it has, as {@link io.witan.runtime.trace.TraceSteps} reads them; empty: the usual ones
 * @param attempt from 0; above 0 ranks go on from what the output folder holds
 * @param maxRestarts how often ranks may be started again; above 0 a rank that lost others waits for its next job
 * @param timeoutMs how long the ranks may take to find each other
 */
public record RunSpec(
        String runId,
        List<Integer> ranksPerNode,
        List<String> endpoints,
        String config,
        String configHash,
        int threads,
        Binding binding,
        String heap,
        long shmBytes,
        String outputFolder,
        String metricsFile,
        String resume,
        int metricsPort,
        String traceFile,
        String traceSteps,
        int attempt,
        int maxRestarts,
        long timeoutMs) {
    public static final int NO_PORT = -1;

    public RunSpec {
        ranksPerNode = List.copyOf(ranksPerNode);
        endpoints = List.copyOf(endpoints);
    }

    public int worldSize() {
        return ranksPerNode.stream().mapToInt(Integer::intValue).sum();
    }

    /** The same run with output elsewhere. */
    public RunSpec into(String folder) {
        return new RunSpec(
                runId,
                ranksPerNode,
                endpoints,
                config,
                configHash,
                threads,
                binding,
                heap,
                shmBytes,
                folder,
                metricsFile,
                resume,
                metricsPort,
                traceFile,
                traceSteps,
                attempt,
                maxRestarts,
                timeoutMs);
    }

    /** The next attempt, whose ranks do not hear those of this one. */
    public RunSpec again() {
        return new RunSpec(
                HexFormat.of().toHexDigits(Long.parseUnsignedLong(runId, 16) + 1),
                ranksPerNode,
                endpoints,
                config,
                configHash,
                threads,
                binding,
                heap,
                shmBytes,
                outputFolder,
                metricsFile,
                resume,
                metricsPort,
                traceFile,
                traceSteps,
                attempt + 1,
                maxRestarts,
                timeoutMs);
    }

    int firstRank(int node) {
        return ranksPerNode.subList(0, node).stream()
                .mapToInt(Integer::intValue)
                .sum();
    }
}
