package io.witan.benchmarks.policies;

import io.witan.benchmarks.compare.PairedRatio;
import io.witan.launcher.exit.ExitCode;
import io.witan.runtime.metrics.MetricsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * {@code ComparePolicies FOLDER REFERENCE SIDE...} prints the table of the runs that {@code policies.sh} left in a folder. Ends with the
 * code of a wrong result if losses differ by more than {@value #LOSS_TOLERANCE} of their size: then different work was timed.
 */
public final class ComparePolicies {
    private static final double LOSS_TOLERANCE = 1e-4;
    private static final double MB = 1e6;

    private ComparePolicies() {}

    public static void main(String[] words) {
        if (words.length < 3) {
            System.err.println("usage: ComparePolicies FOLDER REFERENCE SIDE...");
            System.exit(ExitCode.USAGE.code());
        }
        try {
            Path folder = Path.of(words[0]);
            List<PolicyRuns> sides = new ArrayList<>();
            for (String side : Arrays.asList(words).subList(2, words.length)) {
                sides.add(PolicyRuns.read(folder, side));
            }
            PolicyRuns reference = PolicyRuns.read(folder, words[1]);
            System.out.print(table(reference, sides));
            double distance = sides.stream()
                    .mapToDouble(side -> side.lossDistance(reference))
                    .max()
                    .orElseThrow();
            System.out.printf(Locale.ROOT, "%nLosses differ by at most %.1e of their size.%n", distance);
            if (!(distance <= LOSS_TOLERANCE)) {
                System.err.println("ComparePolicies: losses differ by more than " + LOSS_TOLERANCE);
                System.exit(ExitCode.WRONG_RESULT.code());
            }
        } catch (MetricsException | IllegalArgumentException broken) {
            System.err.println("ComparePolicies: " + broken.getMessage());
            System.exit(ExitCode.DATA.code());
        }
    }

    /** One line a side, in Markdown. */
    static String table(PolicyRuns reference, List<PolicyRuns> sides) {
        StringBuilder text = new StringBuilder();
        text.append("| policy | tokens/s | times ")
                .append(reference.side())
                .append(" | 95 % | rounds | rank imbalance | resident, MB | times ")
                .append(reference.side())
                .append(" | gather, MB a step | reduce, MB | all-to-all, MB |\n");
        text.append("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        for (PolicyRuns side : sides) {
            PairedRatio speed =
                    PairedRatio.of(reference.each(PolicyRuns.Run::stepMs), side.each(PolicyRuns.Run::stepMs));
            PairedRatio memory = PairedRatio.of(
                    side.each(PolicyRuns.Run::residentBytes), reference.each(PolicyRuns.Run::residentBytes));
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %.0f | %.3f | %s | %d | %.2f | %.0f | %.2f | %.2f | %.2f | %.2f |%n",
                    side.side(),
                    side.median(PolicyRuns.Run::tokensPerS),
                    speed.median(),
                    speed.hasInterval() ? String.format(Locale.ROOT, "%.3f..%.3f", speed.low(), speed.high()) : "",
                    speed.pairs(),
                    side.median(PolicyRuns.Run::imbalance),
                    side.median(PolicyRuns.Run::residentBytes) / MB,
                    memory.median(),
                    side.median(run -> run.bytes().sparseAllGather()) / MB,
                    side.median(run -> run.bytes().sparseReduceScatter()) / MB,
                    side.median(run -> run.bytes().allToAll()) / MB));
        }
        return text.toString();
    }
}
