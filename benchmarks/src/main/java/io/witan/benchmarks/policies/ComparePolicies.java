package io.witan.benchmarks.policies;

import io.witan.benchmarks.compare.PairedRatio;
import io.witan.launcher.exit.ExitCode;
import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.gpt.TokenFlops;
import io.witan.runtime.config.ConfigSource;
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
            System.out.println();
            System.out.print(bound(expertShare(folder, reference.side()), reference, sides));
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

    /** Part of the work that experts do, of the recipe that a side ran. */
    private static double expertShare(Path folder, String side) {
        Recipe recipe = Recipes.bind(
                ConfigSource.file(folder.resolve(side + ".config.yaml")).load());
        return TokenFlops.of(recipe.model(), recipe.vocabularySize()).expertShare();
    }

    /**
     * How far even loads could take a run: with share s of the work in experts, and i times the mean load on the reference's busiest
     * rank, by the factor 1 - s + s i.
     */
    static String bound(double share, PolicyRuns reference, List<PolicyRuns> sides) {
        double imbalance = reference.median(PolicyRuns.Run::imbalance);
        double bound = 1 - share + share * imbalance;
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "Experts do %.1f %% of the work and the busiest rank of %s has %.2f times the mean: even loads are %.3f times as"
                        + " fast at most.",
                100 * share,
                reference.side(),
                imbalance,
                bound));
        for (PolicyRuns side : sides) {
            PairedRatio speed =
                    PairedRatio.of(reference.each(PolicyRuns.Run::stepMs), side.each(PolicyRuns.Run::stepMs));
            text.append(String.format(Locale.ROOT, " %s %.2f of that.", side.side(), speed.median() / bound));
        }
        return text.append('\n').toString();
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
