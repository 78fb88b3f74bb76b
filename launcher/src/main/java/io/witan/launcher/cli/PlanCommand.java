package io.witan.launcher.cli;

import io.witan.collectives.DataPath;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.ClusterFile;
import io.witan.launcher.cluster.LocalAddresses;
import io.witan.launcher.exit.ExitCode;
import io.witan.models.Recipe;
import io.witan.models.RecipeForecast;
import io.witan.models.Recipes;
import io.witan.models.StepCalibration;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.memory.FreeMemory;
import io.witan.runtime.memory.MemoryParts;
import io.witan.scheduler.cost.LinkSpeed;
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
            "  witan plan --recipe gsm8k --ranks 2 --skew zipf:1.2",
            "  witan plan --cluster cluster.yaml --policy fssdp"
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
            names = "--skew",
            paramLabel = "zipf:S",
            description = "how uneven the experts' loads are, hottest first (default: zipf:1.0)")
    private String skew = "zipf:1.0";

    @Option(names = "--policy", paramLabel = "NAME", description = "only this policy; repeatable (default: all)")
    private List<String> policies = new ArrayList<>();

    @Option(names = "--set", paramLabel = "key=value", description = "override one setting of the recipe; repeatable")
    private List<String> overrides = new ArrayList<>();

    @Override
    public Integer call() {
        double exponent = SkewOption.exponent(skew, spec.commandLine());
        List<NamedPolicy> asked = asked();
        Cluster cluster = cluster();
        Recipe resolved = resolved(cluster.worldSize());
        int local = cluster.topology().rankCount(0);
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / local);
        StepCalibration.Result measured = StepCalibration.measure(resolved, cluster.worldSize(), threads);
        int remote = cluster.worldSize() - local;
        // A rank touches its own rings and, of each other rank, those that lead to it.
        long node = NodeDriver.sharedMemoryBytes(local, remote, DataPath.SHARED_MEMORY);
        long rings = cluster.worldSize() == 1 ? 0 : Math.min(node, 2 * node / local);
        RecipeForecast forecast = new RecipeForecast(
                resolved,
                cluster.topology(),
                measured,
                new LinkSpeed(copySpeed(), NETWORK),
                new RecipeForecast.Assumptions(exponent, START_UP_NS, rings));
        System.out.printf(
                Locale.ROOT,
                "%s on %d ranks of %d nodes, loads %s; %s; a layer alone takes %.1f ms here, %.1f ms of it experts%n",
                recipe,
                cluster.worldSize(),
                cluster.nodes().size(),
                skew,
                forecast.settings(),
                (measured.attentionNs() + measured.expertsNs()) * 1e-6,
                measured.expertsNs() * 1e-6);
        return print(asked.stream().map(forecast::of).toList(), local);
    }

    private int print(List<RecipeForecast.Forecast> forecasts, int localRanks) {
        System.out.println(
                "memory of a rank, MB  parameters  gradients  optimizer  activations  scratch  transport      jvm"
                        + "      sum   step, ms  copies kept of layers");
        boolean fits = true;
        for (RecipeForecast.Forecast each : forecasts) {
            MemoryParts parts = each.memory();
            System.out.printf(
                    Locale.ROOT,
                    "%-20s  %10.1f  %9.1f  %9.1f  %11.1f  %7.1f  %9.1f  %7.1f  %7.1f  %9.1f  %s%n",
                    each.policy().label(),
                    parts.parameters() / MEGABYTE,
                    parts.gradients() / MEGABYTE,
                    parts.optimizer() / MEGABYTE,
                    parts.activations() / MEGABYTE,
                    parts.scratch() / MEGABYTE,
                    parts.transport() / MEGABYTE,
                    parts.jvm() / MEGABYTE,
                    parts.sum() / MEGABYTE,
                    each.stepNs() / MEGABYTE,
                    kept(each));
            fits &= checkFits(each, localRanks);
        }
        return (fits ? ExitCode.OK : ExitCode.OUT_OF_MEMORY).code();
    }

    /** For each layer: copies of the rank that holds most, and whether they stay for backward. */
    private static String kept(RecipeForecast.Forecast each) {
        StringBuilder text = new StringBuilder();
        for (int l = 0; l < each.copies().length; l++) {
            text.append(l == 0 ? "" : " ").append(each.copies()[l]).append(each.keeps()[l] ? "k" : "r");
        }
        return text.toString();
    }

    /** Names the layer at which the node's memory ends. */
    private static boolean checkFits(RecipeForecast.Forecast each, int localRanks) {
        long available = FreeMemory.bytes();
        long needed = each.memory().sum() * localRanks;
        if (available == 0 || needed <= available) {
            return true;
        }
        long layers = 0;
        for (long bytes : each.layerBytes()) {
            layers += bytes;
        }
        long filled = (each.memory().sum() - layers) * localRanks;
        int layer = 0;
        while (layer < each.layerBytes().length - 1 && filled + each.layerBytes()[layer] * localRanks <= available) {
            filled += each.layerBytes()[layer++] * localRanks;
        }
        System.err.printf(
                Locale.ROOT,
                "witan: %s: %d ranks need %.1f MB, this machine has %.1f MB free: it ends at layer %d of %d, %.1f MB are missing%n",
                each.policy().label(),
                localRanks,
                needed / MEGABYTE,
                available / MEGABYTE,
                layer,
                each.layerBytes().length,
                (needed - available) / MEGABYTE);
        return false;
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

    private Recipe resolved(int worldSize) {
        ConfigTree tree = Recipes.load(recipe);
        for (String override : overrides) {
            if (override.indexOf('=') < 1) {
                throw new ParameterException(spec.commandLine(), "--set needs key=value, got \"" + override + "\"");
            }
            tree = tree.set(override, "--set");
        }
        Recipe bound = Recipes.bind(tree);
        bound.requireRanks(worldSize);
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
