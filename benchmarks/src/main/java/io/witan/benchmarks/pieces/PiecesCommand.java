package io.witan.benchmarks.pieces;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.process.JvmSettings;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench pieces}: JMH with the JVM flags of a rank and its count of allocated bytes. */
@Command(
        name = "pieces",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Times the pieces of the collectives with JMH and counts what they allocate.")
public final class PiecesCommand implements Callable<Integer> {
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    /** JMH's own between two readings of the counter, which it spreads over the operations of the iteration: at most so much. */
    private static final double JMH_BYTES_AN_ITERATION = 64 * 1024;

    /** Below the smallest object for each operation, which has 16. */
    private static final double NOTHING_BYTES = 1;

    @Parameters(
            arity = "0..1",
            paramLabel = "REGEX",
            description = "Part of class.method, e.g. Sum.*kernel; all without it.")
    private String pieces = "";

    @Option(names = "--forks", paramLabel = "N", description = "JVMs for each piece.")
    private int forks = 1;

    @Option(names = "--iterations", paramLabel = "N", description = "Timed iterations of each JVM; as many warm it up.")
    private int iterations = 4;

    @Option(names = "--seconds", paramLabel = "S", description = "Length of an iteration.")
    private double seconds = 0.5;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write JMH's results as JSON.")
    private Path json;

    @Override
    public Integer call() {
        checkOptions();
        JvmSettings java = JvmSettings.current(PiecesCommand.class);
        TimeValue iteration = TimeValue.microseconds(Math.round(seconds * 1e6));
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(pieces.isEmpty() ? ".*" : pieces)
                .forks(forks)
                .warmupIterations(iterations)
                .warmupTime(iteration)
                .measurementIterations(iterations)
                .measurementTime(iteration)
                .addProfiler(GCProfiler.class)
                .jvm(java.javaBinary())
                .jvmArgs("@" + java.optionsFile(), "-Xmx1g", "-XX:+UseSerialGC", "-XX:-UsePerfData")
                .shouldFailOnError(true);
        if (json != null) {
            options.resultFormat(ResultFormatType.JSON).result(json.toString());
        }
        try {
            return report(new Runner(options.build()).run());
        } catch (NoBenchmarksException none) {
            throw new LaunchException(
                    ExitCode.USAGE, "bench pieces: no piece matches \"" + pieces + "\"; without it all run");
        } catch (RunnerException failed) {
            throw new LaunchException(ExitCode.INTERNAL, "bench pieces: " + failed.getMessage());
        }
    }

    private void checkOptions() {
        require(forks >= 1 && forks <= 100, "--forks " + forks + " is not in 1..100");
        require(iterations >= 1 && iterations <= 1000, "--iterations " + iterations + " is not in 1..1000");
        require(seconds >= 0.001 && seconds <= 60, "--seconds " + seconds + " is not in 0.001..60");
        try {
            Pattern.compile(pieces);
        } catch (PatternSyntaxException bad) {
            require(false, "\"" + pieces + "\" is no regular expression: " + bad.getDescription());
        }
    }

    private static void require(boolean allowed, String message) {
        if (!allowed) {
            throw new LaunchException(ExitCode.USAGE, "bench pieces: " + message);
        }
    }

    private int report(Collection<RunResult> results) {
        List<String> allocating = results.stream()
                .filter(result -> isHot(result) && allocates(result))
                .map(result -> String.format(
                        Locale.ROOT,
                        "%s %s allocates %.1f B an operation",
                        result.getParams().getBenchmark(),
                        parameters(result),
                        allocatedBytes(result)))
                .toList();
        long hot = results.stream().filter(PiecesCommand::isHot).count();
        System.out.printf("%n%d of %d pieces of the hot path allocate nothing%n", hot - allocating.size(), hot);
        if (!allocating.isEmpty()) {
            throw new LaunchException(ExitCode.WRONG_RESULT, "bench pieces: " + String.join("; ", allocating));
        }
        return ExitCode.OK.code();
    }

    private static String parameters(RunResult result) {
        return result.getParams().getParamsKeys().stream()
                .map(key -> key + "=" + result.getParams().getParam(key))
                .toList()
                .toString();
    }

    private static boolean isHot(RunResult result) {
        String name = result.getParams().getBenchmark();
        int dot = name.lastIndexOf('.');
        try {
            return Class.forName(name.substring(0, dot))
                    .getMethod(name.substring(dot + 1))
                    .isAnnotationPresent(HotPath.class);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private boolean allocates(RunResult result) {
        double operationSeconds = result.getPrimaryResult().getScore()
                * result.getParams().getTimeUnit().toNanos(1)
                / 1e9;
        return allocatedBytes(result) > NOTHING_BYTES + JMH_BYTES_AN_ITERATION * operationSeconds / seconds;
    }

    private static double allocatedBytes(RunResult result) {
        Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
        if (allocated == null) {
            throw new IllegalStateException("JMH reports no " + ALLOCATED);
        }
        return allocated.getScore();
    }
}
