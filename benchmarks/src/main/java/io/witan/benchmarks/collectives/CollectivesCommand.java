package io.witan.benchmarks.collectives;

import io.witan.collectives.DataPath;
import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.agent.JvmSettings;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench collectives}. */
@Command(
        name = "collectives",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Times and verifies the collectives between processes of this machine.")
final class CollectivesCommand implements Callable<Integer> {
    private static final int MOST_ITERATIONS = 4000;

    @Option(names = "--op", split = ",", paramLabel = "OP", description = "Operations, or all.")
    private List<String> ops = List.of("all");

    @Option(names = "--ranks", description = "Processes.")
    private int ranks = 2;

    @Option(names = "--min", paramLabel = "SIZE", description = "Least size, e.g. 8 or 4K.")
    private String min = "8";

    @Option(names = "--max", paramLabel = "SIZE", description = "Largest size.")
    private String max = "64M";

    @Option(names = "--factor", description = "From one size to the next.")
    private long factor = 2;

    @Option(names = "--iters", description = "Timed iterations a line, instead of a time.")
    private Integer iterations;

    @Option(names = "--warmup", description = "Untimed iterations a line.")
    private int warmup = 20;

    @Option(names = "--seconds-per-line", paramLabel = "S", description = "Timed work a line, about.")
    private Double seconds;

    @Option(names = "--dtype", description = "Type of the elements: fp32.")
    private String dtype = "fp32";

    @Option(names = "--skew", description = "Lengths of parts in the v operations: equal or zipf:EXPONENT.")
    private String skew = "equal";

    @Option(names = "--sparsity", description = "Share of the experts that the sparse operations copy to all ranks.")
    private double sparsity = 0.25;

    @Option(names = "--experts", description = "Experts of the sparse operations; the size is that of all of them.")
    private int experts = 16;

    @Option(names = "--check", negatable = true, description = "Verify every element before and after the timing.")
    private boolean check = true;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write a JSON object a line.")
    private Path json;

    @Option(names = "--idle", description = "How waiting threads wait: spin, yield or backoff.")
    private Idle idle = Idle.BACKOFF;

    @Option(names = "--transport", description = "What carries the data: shared or aeron.")
    private String transport = "shared";

    @Option(names = "--in-place", description = "Time in place too where an operation has both ways.")
    private boolean inPlace;

    @Option(names = "--seed", description = "Of the elements.")
    private long seed = 1;

    @Option(names = "--tokens", paramLabel = "FLOATS", description = "Show sizes also in tokens of so many floats.")
    private int tokenFloats;

    /** @throws IllegalArgumentException if a value is not allowed */
    BenchOptions options() {
        if (!dtype.equals("fp32")) {
            throw new IllegalArgumentException("--dtype " + dtype + ": allowed is fp32");
        }
        double zipf = zipf();
        return new BenchOptions(
                operations(),
                ranks,
                BenchSizes.range(BenchSizes.parse(min), BenchSizes.parse(max), factor),
                iterations == null ? MOST_ITERATIONS : iterations,
                iterations != null && seconds == null,
                warmup,
                seconds == null ? 0.35 : seconds,
                zipf,
                sparsity,
                experts,
                check,
                idle,
                dataPath(),
                inPlace,
                seed,
                tokenFloats);
    }

    private List<BenchOp> operations() {
        Set<BenchOp> chosen = new LinkedHashSet<>();
        for (String op : ops) {
            if (op.equals("all")) {
                chosen.addAll(List.of(BenchOp.values()));
            } else {
                chosen.add(BenchOp.of(op));
            }
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
        BenchOptions options;
        try {
            options = options();
        } catch (IllegalArgumentException | ArithmeticException bad) {
            throw new LaunchException(ExitCode.USAGE, "bench collectives: " + bad.getMessage());
        }
        JvmSettings java = JvmSettings.current(BenchMain.class);
        Path shared = RankFleet.sharedMemory();
        NodeDriver.sweep(shared);
        long runId = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        try (PrintWriter rows = jsonFile();
                NodeDriver driver = NodeDriver.start(NodeDriver.directory(shared, runId));
                RankFleet fleet = RankFleet.start(java, runId, driver.directory(), options)) {
            return measure(options, fleet, rows);
        }
    }

    private static int measure(BenchOptions options, RankFleet fleet, PrintWriter rows) throws InterruptedException {
        BenchTable table = new BenchTable(System.out, options);
        table.header(fleet.pids(), !Machine.pinnableCores(options.ranks()).isEmpty());
        long[] wrong = new long[1];
        fleet.awaitRows(row -> {
            table.row(row);
            if (rows != null) {
                rows.println(row.toJson());
                rows.flush();
            }
            wrong[0] += Math.max(0, row.wrong());
        });
        if (wrong[0] > 0) {
            throw new LaunchException(
                    ExitCode.WRONG_RESULT, "bench collectives: " + wrong[0] + " wrong elements; see column #wrong");
        }
        return ExitCode.OK.code();
    }

    private PrintWriter jsonFile() {
        if (json == null) {
            return null;
        }
        try {
            return new PrintWriter(Files.newBufferedWriter(json));
        } catch (IOException | UncheckedIOException failed) {
            throw new LaunchException(ExitCode.OUTPUT, "--json " + json + " cannot be written: " + failed.getMessage());
        }
    }
}
