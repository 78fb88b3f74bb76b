package io.witan.launcher;

import io.witan.launcher.flight.FlightFile;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.supervise.RankRecord;
import io.witan.runtime.trace.TraceSteps;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/** A rank's place in the run and what it may use. Immutable but for the requests to stop and to give up. */
public final class RankContext {
    private final RankJob job;
    private final RankConsole console;
    private final BooleanSupplier stop;
    private final BooleanSupplier givenUp;

    RankContext(RankJob job, RankConsole console, BooleanSupplier stop, BooleanSupplier givenUp) {
        this.job = job;
        this.console = console;
        this.stop = stop;
        this.givenUp = givenUp;
    }

    /** From 0; ranks of a node are contiguous. */
    public int rank() {
        return job.rank();
    }

    /** The rank's number inside its node, from 0. */
    public int localRank() {
        return topology().localRank(job.rank());
    }

    public Topology topology() {
        return Topology.of(
                job.run().ranksPerNode().stream().mapToInt(Integer::intValue).toArray());
    }

    /** Name of the node. */
    public String node() {
        return job.node();
    }

    /** Name of a rank's node, once all processes are there; its number if that is not to be found out. */
    public String nodeOf(int rank) {
        return RankRecord.read(outputFolder())
                .filter(ranks -> rank < ranks.size())
                .map(ranks -> ranks.get(rank).node())
                .orElseGet(() -> Integer.toString(topology().nodeOf(rank)));
    }

    /** The same on all ranks, new for each start. */
    public long runId() {
        return Long.parseUnsignedLong(job.run().runId(), 16);
    }

    /** The same on ranks whose resolved configuration is the same. */
    public long configHash() {
        return Long.parseUnsignedLong(job.run().configHash(), 16);
    }

    /** Directory of the node's transport driver; empty if the world has one rank. */
    public Optional<Path> aeronDirectory() {
        return path(job.aeronDirectory());
    }

    /** {@code host:port} of each rank, for transport between nodes. */
    public List<String> endpoints() {
        return job.run().endpoints();
    }

    /** How long the ranks may take to find each other. */
    public Duration rendezvousTimeout() {
        return Duration.ofMillis(job.run().attempts().timeoutMs());
    }

    /** Compute threads of this rank, at least 1. */
    public int threads() {
        return job.threads();
    }

    /** Most that this rank may take of the node's shared memory for what ranks exchange. */
    public long sharedBytes() {
        return job.sharedBytes();
    }

    /** The resolved configuration, YAML. */
    public Path configFile() {
        return Path.of(job.configFile());
    }

    public Path outputFolder() {
        return Path.of(job.run().output().folder());
    }

    /** Metrics, JSON Lines; rank 0 writes it. */
    public Path metricsFile() {
        return Path.of(job.run().output().metricsFile());
    }

    /** Output folder (or checkpoint) of the run to go on from; empty: a fresh start. */
    public Optional<Path> resume() {
        return path(job.run().resume());
    }

    /** Port of rank 0's endpoint for Prometheus, 0 for any that is free; empty: none is wanted. */
    public OptionalInt metricsPort() {
        int port = job.run().output().metricsPort();
        return port == RunSpec.Output.NO_PORT ? OptionalInt.empty() : OptionalInt.of(port);
    }

    /** Folder of event files for TensorBoard, which rank 0 writes; empty: none are wanted. */
    public Optional<Path> tensorboard() {
        return path(job.run().output().tensorboard());
    }

    /** Timeline of the run, which all ranks record and rank 0 writes; empty: none is wanted. */
    public Optional<Path> traceFile() {
        return path(job.run().output().traceFile());
    }

    /** Which steps it has. */
    public TraceSteps traceSteps() {
        String steps = job.run().output().traceSteps();
        return steps.isEmpty() ? TraceSteps.usual() : TraceSteps.parse(steps);
    }

    /** True once the rank shall save and leave. Cheap; any thread. */
    public boolean stopRequested() {
        return stop.getAsBoolean();
    }

    /** True once this attempt has failed elsewhere: another one waits for the rank. Cheap; any thread. */
    public boolean givenUp() {
        return givenUp.getAsBoolean();
    }

    /** True if ranks were lost before: then the run goes on from what its output folder holds, if there is anything. */
    public boolean isRestart() {
        return job.run().attempt() > 0;
    }

    /** Tells that this rank has found its pace: what would have disturbed its start, as a spare process, may start. */
    public void steady() {
        console.steady(job.run().attempt());
    }

    /** This attempt, as one that failed. */
    public FlightFile.Failure failedWith(String error) {
        return new FlightFile.Failure(job.run().runId(), job.run().attempt(), job.node(), error);
    }

    public RankConsole console() {
        return console;
    }

    private static Optional<Path> path(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    }
}
