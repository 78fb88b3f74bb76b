package io.witan.benchmarks.collectives;

import io.witan.collectives.DataPath;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.Composition.AgentWords;
import io.witan.launcher.agent.RemoteAgent;
import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.supervise.Member;
import io.witan.launcher.supervise.Outcome;
import io.witan.launcher.supervise.Signals;
import io.witan.launcher.supervise.SupervisionLimits;
import io.witan.launcher.supervise.Supervisor;
import io.witan.launcher.supervise.Terminal;
import io.witan.launcher.supervise.TerminalStyle;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Runs one benchmark on all its nodes. */
final class BenchLaunch {
    private static final String HEAP = "512m";
    private static final int BUFFERS = 2;
    /** For small buffers: times, agreements. */
    private static final long SPARE_BYTES = 4L << 20;

    private final JvmSettings jvm;
    private final AgentWords agentWords;
    private final Cluster cluster;

    BenchLaunch(JvmSettings jvm, AgentWords agentWords, Cluster cluster) {
        this.jvm = jvm;
        this.agentWords = agentWords;
        this.cluster = cluster;
    }

    /** Waits for the end; what failed was said on stderr. */
    Outcome run(BenchOptions options, BenchReport report) throws InterruptedException {
        RunSpec spec = spec(options);
        List<Member> members = new ArrayList<>();
        for (NodeSpec node : cluster.nodes()) {
            members.add(new Member(new NodeJob(spec, members.size(), node.name()), report.listening(agent(node))));
        }
        Terminal terminal =
                new Terminal(System.out, System.err, TerminalStyle.detect().hushed());
        SupervisionLimits limits = SupervisionLimits.of(cluster.timeout(), SupervisionLimits.DEFAULT_GRACE);
        Supervisor supervisor = new Supervisor(members, terminal, limits, _ -> {});
        Signals.handle(Signals.INT, supervisor::interrupt);
        Signals.handle(Signals.TERM, supervisor::interrupt);
        Signals.handle(Signals.HUP, supervisor::interrupt);
        return supervisor.run();
    }

    private AgentLink agent(NodeSpec node) {
        if (node.inProcess()) {
            return new BenchAgent(jvm);
        }
        String home = node.home().isEmpty() ? jvm.home().toString() : node.home();
        return new RemoteAgent(node, agentWords.at(home));
    }

    private RunSpec spec(BenchOptions options) {
        String config = options.json();
        return new RunSpec(
                HexFormat.of().toHexDigits(new SecureRandom().nextLong()),
                cluster.nodes().stream().map(NodeSpec::ranks).toList(),
                cluster.endpoints(),
                config,
                HexFormat.of().toHexDigits((long) config.hashCode()),
                new RunSpec.Processes(1, Binding.NONE, HEAP, shmBytes(options)),
                RunSpec.Output.into(""),
                "",
                RunSpec.Attempts.one(cluster.timeout().toMillis()));
    }

    /** Buffers of the ranks of the fullest node, and what is between them. */
    private long shmBytes(BenchOptions options) {
        int ranks = cluster.nodes().stream().mapToInt(NodeSpec::ranks).max().orElse(1);
        int buffers =
                options.dataPath() == DataPath.AERON && !options.limits() ? 0 : options.dense() ? 2 * BUFFERS : BUFFERS;
        return NodeDriver.sharedMemoryBytes(ranks, cluster.worldSize() - ranks, options.dataPath())
                + SPARE_BYTES
                + ranks * buffers * options.sizes().getLast();
    }
}
