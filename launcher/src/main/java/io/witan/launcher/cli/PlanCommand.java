package io.witan.launcher.cli;

import io.witan.collectives.DataPath;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.ClusterFile;
import io.witan.launcher.cluster.LocalAddresses;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.process.SharedMemory;
import io.witan.models.Families;
import io.witan.models.Recipe;
import io.witan.models.RecipeForecast;
import io.witan.models.Recipes;
import io.witan.models.StepCalibration;
import io.witan.runtime.config.ConfigTree;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Memory and time of a run before it runs. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Says what memory a rank of a run will need, and how long a step takes, for each policy.",
        footerHeading = "%nExit code 10: the node has less memory than its ranks need.%nExamples:%n",
        footer = {
            "  witan plan --recipe gsm8k --ranks 2 --force-skew zipf:1.2",
            "  witan plan --cluster cluster.yaml --policy fssdp",
            "  witan plan --against runs/tiny"
        })
final class PlanCommand implements Callable<Integer> {
    private static final int MAX_RANKS = 4096;
    private static final double MEGABYTE = 1e6;
    private static final long START_UP_NS = 100_000;
    private static final long COPY_BYTES = 64 << 20;
    /** Of a node's network card where a cluster file does not say: 10 Gb/s. */
    private static final long NETWORK = 1_250_000_000L;

    @Spec
    private CommandSpec spec;

    @Option(names = "--recipe", paramLabel = "NAME|FILE", description = "model and training settings (default: tiny)")
    private String recipe = Recipes.BUILT_IN.getFirst();

    @Option(names = "--cluster", paramLabel = "FILE", description = "nodes (see cluster-configs/)")
    private Path clusterFile;

    @Option(names = "--ranks", paramLabel = "N", description = "processes on this machine (default: 2)")
    private Integer ranks;

    @Option(
            names = SkewOption.NAME,
            paramLabel = "zipf:S[,drift=D][,order=aligned]",
            description = "loads of the experts, as train imposes them (default: the recipe's, else even)")
    private String forceSkew;

    @Option(
            names = "--against",
            paramLabel = "DIR",
            description = "output folder of a run: plans it anew, and prints what it measured beside that")
    private Path against;

    @Option(names = "--policy", paramLabel = "NAME", description = "only this policy; repeatable (default: all)")
    private List<String> policies = new ArrayList<>();

    @Option(names = "--set", paramLabel = "key=value", description = "override one setting of the recipe; repeatable")
    private List<String> overrides = new ArrayList<>();

    @Override
    public Integer call() {
        if (against != null) {
            return compare();
        }
        List<NamedPolicy> asked = asked();
        Cluster cluster = cluster();
        Recipe resolved = resolved(cluster.topology());
        List<NamedPolicy> fitting =
                asked.stream().filter(resolved.parallel()::fits).toList();
        if (!policies.isEmpty() && fitting.size() < asked.size()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--policy " + NamedPolicy.SHARDED_EXPERTS.label() + " needs parallel.expert_sharding 1, got "
                            + resolved.parallel().expertSharding());
        }
        RecipeForecast forecast = forecast(resolved, cluster, recipe);
        PlanTable table = new PlanTable(cluster.topology().rankCount(0));
        return table.print(fitting.stream().map(forecast::of).toList()).code();
    }

    private int compare() {
        if (spec.commandLine().getParseResult().matchedOptions().size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "--against takes all from the run, other options have no meaning with it");
        }
        MeasuredRun run = MeasuredRun.read(against);
        Recipe ran = run.recipe();
        Families.requireText(Families.of(ran), "--against " + against);
        RecipeForecast forecast = forecast(ran, Cluster.local(run.ranks()), against.toString());
        run.compare(forecast.of(ran.parallel().policy())).forEach(System.out::println);
        return ExitCode.OK.code();
    }

    private static RecipeForecast forecast(Recipe recipe, Cluster cluster, String name) {
        int world = cluster.worldSize();
        int local = cluster.topology().rankCount(0);
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / local);
        StepCalibration.Result measured = StepCalibration.measure(recipe, world, local, threads, SharedMemory.parent());
        // A rank touches its own rings and, of each other rank, those that lead to it.
        long node = NodeDriver.sharedMemoryBytes(local, world - local, DataPath.SHARED_MEMORY);
        long rings = world == 1 ? 0 : Math.min(node, 2 * node / local);
        RecipeForecast forecast = new RecipeForecast(
                recipe,
                cluster.topology(),
                measured,
                new RecipeForecast.Rings(new LinkSpeed(copySpeed(), NETWORK), START_UP_NS, rings));
        System.out.printf(
                Locale.ROOT,
                "%s on %d ranks of %d nodes, %s%n",
                name,
                world,
                cluster.nodes().size(),
                forecast.assumptions());
        System.out.printf(
                Locale.ROOT,
                "measured: a micro-batch %.1f ms and %.1f ms a layer, once a step %.1f ms and %.1f ms a layer; %s%n",
                measured.microBatch().rest() / MEGABYTE,
                measured.microBatch().layer() / MEGABYTE,
                measured.step().rest() / MEGABYTE,
                measured.step().layer() / MEGABYTE,
                measured.costs().describe());
        return forecast;
    }

    private List<NamedPolicy> asked() {
        try {
            return policies.isEmpty()
                    ? List.of(NamedPolicy.values())
                    : policies.stream().map(NamedPolicy::of).toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage());
        }
    }

    private Cluster cluster() {
        if (clusterFile != null && ranks != null) {
            throw new ParameterException(spec.commandLine(), "--ranks and --cluster exclude each other");
        }
        if (clusterFile != null) {
            return ClusterFile.read(clusterFile, LocalAddresses::contains);
        }
        int count = ranks == null ? 2 : ranks;
        if (count < 1 || count > MAX_RANKS) {
            throw new ParameterException(
                    spec.commandLine(), "--ranks must be a whole number from 1 to " + MAX_RANKS + ", got " + count);
        }
        return Cluster.local(count);
    }

    private Recipe resolved(Topology topology) {
        ConfigTree tree = Recipes.load(recipe);
        if (forceSkew != null) {
            SkewOption.parse(forceSkew, spec.commandLine());
            tree = tree.setText("routing.force_skew", forceSkew, SkewOption.NAME);
        }
        for (String override : overrides) {
            if (override.indexOf('=') < 1) {
                throw new ParameterException(spec.commandLine(), "--set needs key=value, got \"" + override + "\"");
            }
            tree = tree.set(override, "--set");
        }
        Recipe bound = Recipes.bind(tree);
        Families.requireText(Families.of(bound), "--recipe " + recipe);
        bound.requireRanks(topology);
        return bound;
    }

    /** Bytes a second that one core copies. */
    private static long copySpeed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocate(COPY_BYTES);
            MemorySegment to = arena.allocate(COPY_BYTES);
            long best = Long.MAX_VALUE;
            for (int round = 0; round < 5; round++) {
                long begin = System.nanoTime();
                to.copyFrom(from);
                best = Math.min(best, Math.max(1, System.nanoTime() - begin));
            }
            return Math.max(1, Math.round(COPY_BYTES * 1e9 / best));
        }
    }
}
