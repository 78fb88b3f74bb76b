package io.witan.benchmarks.collectives;

import io.witan.collectives.DataPath;
import io.witan.collectives.Idle;
import io.witan.launcher.Composition.AgentWords;
import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.ClusterFile;
import io.witan.launcher.cluster.LocalAddresses;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.supervise.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench collectives}. */
@Command(
        name = "collectives",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times and verifies the collectives between processes of this machine or of several hosts.",
        footer = {
            "",
            "Examples:",
            "  bin/witan bench collectives --idle spin --limits",
            "  bin/witan bench collectives --op all_reduce,reduce --dtype bf16 --max 1M",
            "  bin/witan bench collectives --op sparse_all_gather --sparsity 0.25 --dense",
            "  bin/witan bench collectives --op sparse_all_gather,sparse_all_gather_in_place --lane gradients",
            "  bin/witan bench collectives --hosts 127.0.0.1,127.0.0.1 --max 64K --loss 0.01",
            "What the columns mean: docs/measuring.md."
        })
final class CollectivesCommand implements Callable<Integer> {
    private static final int MOST_ITERATIONS = 4000;
    private static final double SECONDS_PER_LINE = 0.35;
    private static final int RANKS = 2;

    private final Class<?> mainClass;
    private final AgentWords agentWords;

    @Option(
            names = "--op",
            split = ",",
            paramLabel = "OP",
            description = "operations with commas between (default: all)")
    private List<String> ops = List.of("all");

    @Option(names = "--ranks", paramLabel = "N", description = "processes, on each host (default: 2)")
    private Integer ranks;

    @Option(
            names = "--hosts",
            split = ",",
            paramLabel = "HOST",
            description =
                    "hosts with commas between, reached by ssh where they are not this machine (default: this machine)")
    private List<String> hosts;

    @Option(names = "--cluster", paramLabel = "FILE", description = "hosts and their ranks (see cluster-configs/)")
    private Path clusterFile;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "UDP port of rank 0 with --hosts; rank r has PORT + r (default: 40500)")
    private Integer port;

    @Option(names = "--min", paramLabel = "SIZE", description = "least size, e.g. 8 or 4K (default: 8)")
    private String min = "8";

    @Option(names = "--max", paramLabel = "SIZE", description = "largest size (default: 64M)")
    private String max = "64M";

    @Option(names = "--factor", paramLabel = "F", description = "from one size to the next (default: 2)")
    private long factor = 2;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "elements: fp32, bf16, or bytes for what only moves (default: fp32)")
    private String dtype = "fp32";

    @Option(names = "--in-place", description = "time in place too where an operation has both ways")
    private boolean inPlace;

    @Option(
            names = "--skew",
            paramLabel = "SKEW",
            description = "lengths of parts in the v operations: equal or zipf:EXPONENT (default: equal)")
    private String skew = "equal";

    @Option(
            names = "--sparsity",
            paramLabel = "F",
            description = "share of the experts that the sparse operations copy to all ranks (default: 0.25)")
    private double sparsity = 0.25;

    @Option(
            names = "--experts",
            paramLabel = "N",
            description = "experts of the sparse operations; a size is that of all (default: 16)")
    private int experts = 16;

    @Option(
            names = "--dense",
            description = "time beside each sparse operation that of the whole layer, and check the bound on its time")
    private boolean dense;

    @Option(
            names = "--limits",
            description = "measure first what the memory can do, and state each line's limit (one host)")
    private boolean limits;

    @Option(names = "--iters", paramLabel = "N", description = "timed iterations a line, instead of a time")
    private Integer iterations;

    @Option(names = "--seconds-per-line", paramLabel = "S", description = "timed work a line, about (default: 0.35)")
    private Double seconds;

    @Option(names = "--warmup", paramLabel = "N", description = "untimed iterations a line (default: 20)")
    private int warmup = 20;

    @Option(
            names = "--check",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "verify every element before and after the timing (default), or not")
    private boolean check;

    @Option(
            names = "--idle",
            paramLabel = "HOW",
            description = "how threads wait: spin, yield or backoff (default: backoff)")
    private Idle idle = Idle.BACKOFF;

    @Option(
            names = "--lane",
            paramLabel = "LANE",
            description = "lane of the group: tokens, node, parameters or gradients (default: parameters)")
    private String lane = "parameters";

    @Option(
            names = "--transport",
            paramLabel = "WHAT",
            description = "what carries data inside a host: shared or aeron (default: shared)")
    private String transport = "shared";

    @Option(
            names = "--loss",
            paramLabel = "P",
            description = "share of the datagrams between hosts that is thrown away (default: 0)")
    private double loss;

    @Option(names = "--seed", paramLabel = "N", description = "of the elements and of the loss (default: 1)")
    private long seed = 1;

    @Option(names = "--tokens", paramLabel = "N", description = "show sizes also in tokens of N elements")
    private int tokenElements;

    @Option(names = "--json", paramLabel = "FILE", description = "also write a JSON object a line")
    private Path json;

    CollectivesCommand(Class<?> mainClass, AgentWords agentWords) {
        this.mainClass = mainClass;
        this.agentWords = agentWords;
    }

    private Cluster cluster() {
        if (clusterFile != null) {
            if (hosts != null || ranks != null || port != null) {
                throw new IllegalArgumentException(
                        "--cluster excludes --hosts, --ranks and --port: the cluster file gives them");
            }
            return ClusterFile.read(clusterFile, LocalAddresses::contains);
        }
        int each = ranks == null ? RANKS : ranks;
        if (each < 1) {
            throw new IllegalArgumentException("--ranks " + each + " is less than 1");
        }
        if (hosts == null) {
            return Cluster.local(each);
        }
        return BenchHosts.cluster(hosts, each, port == null ? Cluster.DEFAULT_PORT : port, LocalAddresses::contains);
    }

    /** @throws IllegalArgumentException if a value is not allowed */
    private BenchOptions options(Cluster cluster) {
        boolean severalNodes = cluster.nodes().size() > 1;
        if (loss != 0 && !severalNodes) {
            throw new IllegalArgumentException("--loss " + loss
                    + ": datagrams are sent between hosts only, and there is one; give --hosts, e.g."
                    + " --hosts 127.0.0.1,127.0.0.1");
        }
        if (limits && severalNodes) {
            throw new IllegalArgumentException("--limits: measures the memory of one host, there are "
                    + cluster.nodes().size());
        }
        BenchType type = BenchType.of(dtype);
        return new BenchOptions(
                operations(type),
                type,
                cluster.worldSize(),
                BenchSizes.range(BenchSizes.parse(min), BenchSizes.parse(max), factor, type),
                new BenchOptions.Timing(
                        iterations == null ? MOST_ITERATIONS : iterations,
                        iterations != null && seconds == null,
                        warmup,
                        seconds == null ? SECONDS_PER_LINE : seconds),
                new BenchOptions.Shape(zipf(), sparsity, experts),
                BenchLane.of(lane),
                idle,
                dataPath(),
                loss,
                inPlace,
                check,
                limits,
                dense,
                seed,
                tokenElements);
    }

    private List<BenchOp> operations(BenchType type) {
        Set<BenchOp> chosen = new LinkedHashSet<>();
        for (String name : ops) {
            if (name.equals("all")) {
                Arrays.stream(BenchOp.values()).filter(op -> op.takes(type)).forEach(chosen::add);
                continue;
            }
            BenchOp op = BenchOp.of(name);
            if (!op.takes(type)) {
                throw new IllegalArgumentException("--dtype " + type.label() + ": " + op.label() + " adds, and takes "
                        + (op.takes(BenchType.BF16) ? "fp32 and bf16" : "fp32") + " only");
            }
            chosen.add(op);
        }
        return List.copyOf(chosen);
    }

    private double zipf() {
        if (skew.equals("equal")) {
            return 0;
        }
        if (!skew.matches("zipf:\\d+(\\.\\d+)?")) {
            throw new IllegalArgumentException(
                    "--skew " + skew + ": allowed are equal and zipf:EXPONENT, e.g. zipf:1.0");
        }
        return Double.parseDouble(skew.substring("zipf:".length()));
    }

    private DataPath dataPath() {
        return switch (transport) {
            case "shared" -> DataPath.SHARED_MEMORY;
            case "aeron" -> DataPath.AERON;
            default ->
                throw new IllegalArgumentException("--transport " + transport + ": allowed are shared and aeron");
        };
    }

    @Override
    public Integer call() throws InterruptedException {
        Cluster cluster;
        BenchOptions options;
        try {
            cluster = cluster();
            options = options(cluster);
        } catch (IllegalArgumentException | ArithmeticException bad) {
            throw new LaunchException(ExitCode.USAGE, "bench collectives: " + bad.getMessage());
        }
        JvmSettings jvm = JvmSettings.current(mainClass);
        try (PrintWriter rows = jsonFile()) {
            BenchTable table = new BenchTable(System.out, options, cluster, Revision.of(jvm.home()));
            BenchReport report = new BenchReport(table, rows, cluster.nodes().size(), cluster.worldSize());
            Outcome outcome = new BenchLaunch(jvm, agentWords, cluster).run(options, report);
            if (report.wrong() > 0) {
                throw new LaunchException(
                        ExitCode.WRONG_RESULT,
                        "bench collectives: " + report.wrong() + " wrong elements; see column #wrong");
            }
            if (outcome.succeeded() && rows != null && rows.checkError()) {
                throw new LaunchException(
                        ExitCode.OUTPUT,
                        "bench collectives: --json " + json + ": rows could not be written; is the disk full?");
            }
            return outcome.exitCode();
        }
    }

    private PrintWriter jsonFile() {
        if (json == null) {
            return null;
        }
        try {
            return new PrintWriter(Files.newBufferedWriter(json));
        } catch (NoSuchFileException noFolder) {
            throw new LaunchException(ExitCode.OUTPUT, "--json " + json + ": there is no such folder");
        } catch (IOException failed) {
            throw new LaunchException(ExitCode.OUTPUT, "--json " + json + " cannot be written: " + failed);
        }
    }
}
