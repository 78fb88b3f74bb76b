package io.witan.benchmarks.collectives;

import io.witan.benchmarks.machine.Machine;
import io.witan.collectives.Loss;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.agent.NodeAgent;
import io.witan.launcher.doctor.Preflight;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.process.JvmSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The agent of one node: starts its driver, with the loss that was asked for, and its ranks, pinned to a core each where there
 * are enough; adds to each row what the driver counted meanwhile. Logs lie in a temporary folder, which stays if a rank fails.
 */
final class BenchAgent implements AgentLink {
    private static final BenchRow.Network NOTHING = new BenchRow.Network(0.0, 0L, 0L, 0L);

    private final JvmSettings jvm;
    private final NodeAgent ranks;
    private Consumer<AgentEvent> events;
    private NodeJob job;
    private BenchOptions options;
    private volatile NodeDriver driver;
    private BenchRow.Network before = NOTHING;
    private volatile boolean closing;
    private boolean failed;

    BenchAgent(JvmSettings jvm) {
        this.jvm = jvm;
        this.ranks = new NodeAgent(this::words, this::startDriver, Preflight::check);
    }

    @Override
    public void start(NodeJob order, Consumer<AgentEvent> sink) {
        events = sink;
        options = BenchOptions.fromJson(order.run().config());
        try {
            Path logs = Files.createTempDirectory("witan-bench-");
            job = new NodeJob(order.run().with(RunSpec.Output.into(logs.toString())), order.node(), order.name());
        } catch (IOException refused) {
            throw new UncheckedIOException("no temporary folder for the ranks' logs: " + refused, refused);
        }
        ranks.start(job, this::relay);
    }

    private List<String> words(int rank, String heap, Path logs) {
        List<String> command = new ArrayList<>();
        int core = Machine.coreOf(rank, job.ranks());
        if (core >= 0) {
            command.addAll(List.of("taskset", "-c", Integer.toString(core)));
        }
        List<String> java = jvm.rankCommand(rank, heap, logs);
        command.add(java.getFirst());
        // A rank that spins on its one core would leave the compiler so little of it that operations stay half as fast
        // for seconds.
        command.add("-Xbatch");
        command.addAll(java.subList(1, java.size()));
        return command;
    }

    private NodeDriver startDriver(Path directory) {
        Loss loss = new Loss(options.loss(), options.seed() + job.node());
        driver = NodeDriver.start(directory, NodeDriver.DEFAULT_DEADLINE, loss);
        return driver;
    }

    private void relay(AgentEvent event) {
        switch (event) {
            case AgentEvent.Output(int rank, Channel channel, String text)
            when channel == Channel.RESULT && text.startsWith(BenchRank.ROW) ->
                events.accept(new AgentEvent.Output(rank, channel, counted(text)));
            case AgentEvent.Exited exited -> {
                noteEnd(exited.code());
                events.accept(event);
            }
            case AgentEvent.Finished _, AgentEvent.Failed _ -> {
                clear();
                events.accept(event);
            }
            default -> events.accept(event);
        }
    }

    /** The row of this node, with its share of what all drivers counted. */
    private synchronized String counted(String text) {
        BenchRow row = BenchRow.fromJson(text.substring(BenchRank.ROW.length()));
        if (row.nodes() == 1) {
            return text;
        }
        NodeDriver.Counts counts = driver.counts();
        BenchRow.Network now =
                new BenchRow.Network(options.loss(), counts.dropped(), counts.naksSent(), counts.retransmits());
        BenchRow.Network since = now.minus(before);
        before = now;
        return BenchRank.ROW + row.with(since).toJson();
    }

    private synchronized void noteEnd(int code) {
        failed |= code != 0 && !closing;
    }

    private synchronized void clear() {
        if (failed) {
            return;
        }
        try (Stream<Path> files = Files.walk(Path.of(job.run().output().folder()))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            events.accept(new AgentEvent.Note("logs were not removed: " + left));
        }
    }

    @Override
    public void goOn(NodeJob next, Set<Integer> replaced) {
        ranks.goOn(next, replaced);
    }

    @Override
    public void stop() {
        closing = true;
        ranks.stop();
    }

    @Override
    public void kill() {
        closing = true;
        ranks.kill();
    }

    @Override
    public void close() {
        closing = true;
        ranks.close();
    }
}
