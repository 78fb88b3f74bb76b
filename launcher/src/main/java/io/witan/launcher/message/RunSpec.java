package io.witan.launcher.message;

import java.util.ArrayList;
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
 * @param resume absolute path of the run to go on from; empty: a fresh start
 */
public record RunSpec(
        String runId,
        List<Integer> ranksPerNode,
        List<String> endpoints,
        String config,
        String configHash,
        Processes processes,
        Output output,
        String resume,
        Attempts attempts) {
    public RunSpec {
        ranksPerNode = List.copyOf(ranksPerNode);
        endpoints = List.copyOf(endpoints);
    }

    /**
     * What ranks run in.
     *
     * @param threads compute threads of a rank; 0: the node's cores divided by its ranks
     * @param binding cores that the processes get
     * @param heap Java heap of a rank, as -Xmx wants it
     * @param shmBytes shared memory that the run needs on each node
     */
    public record Processes(int threads, Binding binding, String heap, long shmBytes) {}

    /**
     * Where ranks tell what they do.
     *
     * @param folder absolute path
     * @param metricsFile absolute path
     * @param metricsPort of rank 0's endpoint for Prometheus, 0 for any that is free; {@link #NO_PORT}: none
     * @param traceFile absolute path of the timeline that rank 0 writes; empty: none is recorded
     * @param traceSteps which steps it has, as {@link io.witan.runtime.trace.TraceSteps} reads them; empty: the usual ones
     * @param tensorboard absolute path of the folder of event files for TensorBoard; empty: none are written
     */
    public record Output(
            String folder,
            String metricsFile,
            int metricsPort,
            String traceFile,
            String traceSteps,
            String tensorboard) {
        public static final int NO_PORT = -1;

        /** A folder, and nothing of what a run tells as it goes. */
        public static Output into(String folder) {
            return new Output(folder, "", NO_PORT, "", "", "");
        }
    }

    /**
     * How often ranks start.
     *
     * @param number of this attempt, from 0; above 0 ranks go on from what the output folder holds
     * @param maxRestarts how often ranks may be started again; above 0 a rank that lost others waits for its next job
     * @param timeoutMs how long the ranks may take to find each other
     * @param spares warm processes that each node keeps for ranks that die
     */
    public record Attempts(int number, int maxRestarts, long timeoutMs, int spares) {
        /** The only one. */
        public static Attempts one(long timeoutMs) {
            return new Attempts(0, 0, timeoutMs, 0);
        }
    }

    public int worldSize() {
        return ranksPerNode.stream().mapToInt(Integer::intValue).sum();
    }

    /** Number of this attempt, from 0. */
    public int attempt() {
        return attempts.number;
    }

    /** The same run that tells what it does elsewhere. */
    public RunSpec with(Output other) {
        return new RunSpec(runId, ranksPerNode, endpoints, config, configHash, processes, other, resume, attempts);
    }

    /** Of the same kind in a world of its own, on one node and without endpoints, that shows and keeps nothing. */
    public RunSpec small(String otherId, List<Integer> ranks, String folder) {
        return new RunSpec(
                otherId,
                ranks,
                List.of(),
                config,
                configHash,
                processes,
                Output.into(folder),
                "",
                Attempts.one(attempts.timeoutMs));
    }

    /** The next attempt, whose ranks do not hear those of this one. */
    public RunSpec again() {
        return new RunSpec(
                HexFormat.of().toHexDigits(Long.parseUnsignedLong(runId, 16) + 1),
                ranksPerNode,
                endpoints,
                config,
                configHash,
                processes,
                output,
                resume,
                new Attempts(attempts.number + 1, attempts.maxRestarts, attempts.timeoutMs, attempts.spares));
    }

    /** The same run without a node: ranks behind it get lower numbers. */
    public RunSpec without(int node) {
        int first = firstRank(node);
        List<Integer> ranks = new ArrayList<>(ranksPerNode);
        List<String> left = new ArrayList<>(endpoints);
        int count = ranks.remove(node);
        if (!left.isEmpty()) {
            left.subList(first, first + count).clear();
        }
        return new RunSpec(runId, ranks, left, config, configHash, processes, output, resume, attempts);
    }

    /** Rank 0 of a node. */
    public int firstRank(int node) {
        return ranksPerNode.subList(0, node).stream()
                .mapToInt(Integer::intValue)
                .sum();
    }
}
