package io.witan.launcher;

import io.witan.launcher.message.Binding;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.output.RunRecord;
import io.witan.launcher.supervise.NodeLoss;
import io.witan.launcher.supervise.SupervisionLimits;
import io.witan.launcher.supervise.Terminal;
import io.witan.launcher.supervise.TerminalStyle;
import io.witan.runtime.routing.ForcedSkew;
import io.witan.runtime.trace.TraceSteps;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Trains a model. Without options: recipe tiny on two ranks of this machine.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  witan train",
            "  witan train --recipe gsm8k --data train.jsonl --ranks 2",
            "  witan train --policy ep --steps 50 --set train.lr=1e-3",
            "  witan train --resume runs/tiny-20260131-142501",
            "  witan train --cluster cluster-configs/two-hosts-ssh/cluster.yaml --dry-run"
        })
final class TrainCommand implements Callable<Integer> {
    private static final int DEFAULT_RANKS = 2;
    private static final int MAX_THREADS = 4096;
    private static final int MAX_RESTARTS = 1_000_000;
    private static final int MAX_SPARES = 64;
    private static final int MAX_PORT = 65_535;

    private final Composition composition;
    private final Training training;

    @Spec
    private CommandSpec spec;

    @Option(names = "--recipe", paramLabel = "NAME|FILE", description = "model and training settings (default: tiny)")
    private String recipe;

    @Option(names = "--data", paramLabel = "FILE|DIR", description = "training data: JSON Lines or plain text")
    private Path data;

    @Mixin
    private ClusterOptions where;

    @Option(
            names = "--policy",
            paramLabel = "NAME",
            converter = PolicyConverter.class,
            description =
                    "where experts are computed: ep, fssdp, shadow, exchange, replicate, sharded-experts (default: the recipe's)")
    private NamedPolicy policy;

    @Option(
            names = "--force-skew",
            paramLabel = "zipf:S[,drift=D][,order=aligned]",
            description = "for benchmarks: draw experts by a Zipf law and not by the router (docs/measuring.md)")
    private String forceSkew;

    @Option(
            names = "--replay-loads",
            paramLabel = "DIR|FILE",
            description = "for benchmarks: draw experts by the recorded loads of another run")
    private Path replayLoads;

    @Option(names = "--steps", paramLabel = "N", description = "training steps (default: the recipe's)")
    private Long steps;

    @Option(names = "--seed", paramLabel = "N", description = "seed of all randomness (default: the recipe's)")
    private Long seed;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "compute threads of each rank (default: cores divided by the node's ranks)")
    private Integer threads;

    @Option(
            names = "--bind-to",
            paramLabel = "none|core",
            defaultValue = "none",
            description = "core: each rank on cores of its own, one a compute thread (default: none)")
    private Binding binding;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "output folder (default: runs/RECIPE-TIME); never one that holds another run")
    private Path out;

    @Option(names = "--metrics", paramLabel = "FILE", description = "metrics, JSON Lines (default: OUT/metrics.jsonl)")
    private Path metrics;

    @Option(
            names = "--metrics-port",
            paramLabel = "N",
            description = "serve metrics for Prometheus at 127.0.0.1:N/metrics on rank 0's node; 0: any free port")
    private Integer metricsPort;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "write a timeline of the last 20 steps, for Perfetto, and how much communication was hidden (docs/timeline.md)")
    private Path trace;

    @Option(names = "--trace-steps", paramLabel = "A..B", description = "steps that --trace records")
    private String traceSteps;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description = "go on from the run in DIR; its output goes there too unless --out is given")
    private Path resume;

    @Option(names = "--set", paramLabel = "key=value", description = "override one setting of the recipe; repeatable")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--quiet", description = "only errors and the final summary")
    private boolean quiet;

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            defaultValue = "text",
            description =
                    "json: what the launcher prints is one JSON object a line (docs/observing.md) (default: text)")
    private LogFormat logFormat;

    @Option(
            names = "--tensorboard",
            paramLabel = "DIR",
            description =
                    "write losses and other figures for TensorBoard to DIR, in a folder named as the output folder")
    private Path tensorboard;

    @Option(
            names = "--only-ranks",
            paramLabel = "LIST",
            description = "ranks whose lines are shown, such as 0,2-5 (default: all); logs have those of all")
    private String onlyRanks;

    @Option(names = "--dry-run", description = "show nodes, ranks and commands; start and write nothing")
    private boolean dryRun;

    @Option(
            names = "--grace",
            paramLabel = "SECONDS",
            description = "from SIGTERM to SIGKILL when a rank failed (default: 10)")
    private Integer grace;

    @Option(
            names = "--max-restarts",
            paramLabel = "N",
            defaultValue = "3",
            description = "how often ranks that were killed or lost are started again (default: 3)")
    private int maxRestarts;

    @Option(
            names = "--on-node-loss",
            paramLabel = "end|shrink",
            defaultValue = "end",
            description = "when a node is lost: end the run, or go on with the ranks of the others (default: end)")
    private NodeLoss nodeLoss;

    @Option(
            names = "--spares",
            paramLabel = "N",
            defaultValue = "1",
            description = "warm processes that each node keeps for ranks that die; 0: none (default: 1)")
    private int spares;

    TrainCommand(Composition composition, Training training) {
        this.composition = composition;
        this.training = training;
    }

    @Override
    public Integer call() throws Exception {
        checkNumbers();
        checkRouting();
        checkTrace();
        Optional<EngineStart> engine = where.engine();
        if (engine.isPresent() && !engine.get().isLauncher()) {
            return engine.get().serve(composition, training);
        }
        TerminalStyle style = logFormat.style(TerminalStyle.detect());
        Terminal terminal = new Terminal(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                quiet ? style.hushed() : style,
                logFormat.lines());
        TrainLaunch.Places places =
                TrainLaunch.Places.of(out, metrics, resume, trace).withTensorboard(tensorboard);
        try (Nodes nodes = where.nodes(engine, () -> usualRanks(places), terminal::error)) {
            return launch(places, nodes, terminal);
        }
    }

    private int launch(TrainLaunch.Places places, Nodes nodes, Terminal terminal) throws Exception {
        if (onlyRanks != null) {
            RankSelection shown = selection();
            between(
                    "--only-ranks: the last rank",
                    shown.last(),
                    0,
                    nodes.cluster().worldSize() - 1);
            terminal.showOnly(shown::contains);
        }
        TrainRequest request = new TrainRequest(
                Optional.ofNullable(recipe),
                Optional.ofNullable(data).map(Path::toAbsolutePath),
                nodes.cluster().topology(),
                Optional.ofNullable(policy),
                steps == null ? OptionalLong.empty() : OptionalLong.of(steps),
                seed == null ? OptionalLong.empty() : OptionalLong.of(seed),
                new TrainRequest.Routing(
                        Optional.ofNullable(forceSkew),
                        Optional.ofNullable(replayLoads).map(Path::toAbsolutePath)),
                overrides,
                Optional.ofNullable(places.resume()),
                Optional.ofNullable(places.out()));
        Duration patience = grace == null ? SupervisionLimits.DEFAULT_GRACE : Duration.ofSeconds(grace);
        TrainLaunch.Options options = new TrainLaunch.Options(
                nodes,
                threads == null ? 0 : threads,
                binding,
                places,
                metricsPort == null ? RunSpec.Output.NO_PORT : metricsPort,
                traceSteps == null ? "" : traceSteps,
                new TrainLaunch.Losses(
                        SupervisionLimits.of(nodes.cluster().timeout(), patience), maxRestarts, nodeLoss, spares),
                words());
        TrainLaunch start = new TrainLaunch(composition, training, terminal);
        return dryRun ? start.dryRun(request, options) : start.run(request, options);
    }

    private void checkNumbers() {
        where.check();
        if (onlyRanks != null) {
            selection();
        }
        between("--threads", threads, 1, MAX_THREADS);
        between("--steps", steps, 1, Long.MAX_VALUE);
        between("--metrics-port", metricsPort, 0, MAX_PORT);
        between("--grace", grace, 0, 24 * 3600);
        between("--max-restarts", maxRestarts, 0, MAX_RESTARTS);
        if (nodeLoss == NodeLoss.SHRINK && maxRestarts == 0) {
            throw usage(
                    "--on-node-loss shrink is a restart of the ranks that are left: --max-restarts must be 1 or more");
        }
        between("--spares", spares, 0, MAX_SPARES);
        for (String override : overrides) {
            if (override.indexOf('=') < 1) {
                throw usage("--set needs key=value, got \"" + override + "\"");
            }
        }
    }

    private void checkRouting() {
        if (forceSkew != null && replayLoads != null) {
            throw usage("--force-skew and --replay-loads exclude each other: one routing is imposed, or none");
        }
        try {
            if (forceSkew != null) {
                ForcedSkew.parse(forceSkew);
            }
        } catch (IllegalArgumentException e) {
            throw usage("--force-skew: " + e.getMessage());
        }
    }

    private RankSelection selection() {
        try {
            return RankSelection.parse(onlyRanks);
        } catch (IllegalArgumentException e) {
            throw usage("--only-ranks " + e.getMessage());
        }
    }

    private void checkTrace() {
        if (traceSteps != null && trace == null) {
            throw usage("--trace-steps says which steps --trace FILE records, but there is no --trace");
        }
        try {
            if (traceSteps != null) {
                TraceSteps.parse(traceSteps);
            }
        } catch (IllegalArgumentException e) {
            throw usage("--trace-steps: " + e.getMessage());
        }
    }

    private void between(String option, Number value, long min, long max) {
        if (value != null && (value.longValue() < min || value.longValue() > max)) {
            String allowed = max == Long.MAX_VALUE ? min + " or more" : "from " + min + " to " + max;
            throw usage(option + " must be a whole number " + allowed + ", got " + value);
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** As many as the run had that goes on. */
    private static int usualRanks(TrainLaunch.Places places) {
        return places.resumesInPlace()
                ? OutputFolder.lastStart(places.resume())
                        .map(RunRecord.Start::worldSize)
                        .orElse(DEFAULT_RANKS)
                : DEFAULT_RANKS;
    }

    private List<String> words() {
        List<String> words = new ArrayList<>(List.of("witan", "train"));
        words.addAll(spec.commandLine().getParseResult().originalArgs());
        return words;
    }

    /** Names the policies as recipes spell them. */
    private static final class PolicyConverter implements ITypeConverter<NamedPolicy> {
        @Override
        public NamedPolicy convert(String text) {
            try {
                return NamedPolicy.of(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
