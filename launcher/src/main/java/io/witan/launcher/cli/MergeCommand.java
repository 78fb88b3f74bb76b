package io.witan.launcher.cli;

import io.witan.launcher.Version;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.models.merge.MergeException;
import io.witan.models.merge.MergeMethod;
import io.witan.models.merge.ModelMerge;
import io.witan.models.merge.TwinModel;
import io.witan.models.merge.WeightedSum;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one model of several that were trained from the same base. */
@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Merges checkpoints that were trained from one base (docs/merging.md).",
        footerHeading = "%nExamples:%n",
        footer = {
            "  witan merge --base runs/base --method ties --to runs/merged runs/algebra runs/geometry",
            "  witan train --recipe runs/merged/recipe.yaml --out runs/tuned",
            "  witan merge --base runs/merged --method twin --to runs/twin runs/algebra runs/geometry",
            "  witan merge --base runs/twin --method compose --weights 0.8,0.2 --to runs/more-algebra",
        })
final class MergeCommand implements Callable<Integer> {
    private static final String CREATED_BY = "witan " + Version.current();

    @Parameters(
            paramLabel = "DIR",
            arity = "0..*",
            description = "trained from the base (none with compose); each the " + CheckpointPath.DESCRIPTION)
    private List<Path> models = List.of();

    @Option(
            names = "--base",
            paramLabel = "DIR",
            required = true,
            description = "what they began with (checkpoint.init_from); the " + CheckpointPath.DESCRIPTION)
    private Path base;

    @Option(names = "--to", paramLabel = "DIR", required = true, description = "folder to make; must not exist")
    private Path to;

    @Mixin
    private MergeRule rule;

    @Override
    public Integer call() {
        rule.requireOnlyItsOptions();
        switch (rule.method()) {
            case TWIN -> twin(rule.keep());
            case COMPOSE -> compose(rule.weights());
            default -> merge(rule.of(models.size()));
        }
        System.out.println("output: " + to);
        System.out.println("recipe: " + to.resolve(ModelMerge.RECIPE));
        return 0;
    }

    private void merge(MergeMethod by) {
        try {
            by.requireModels(models.size());
        } catch (MergeException e) {
            throw rule.refused(e.getMessage());
        }
        requirePaths();
        try (ModelMerge merge = ModelMerge.open(base, models)) {
            print(models.size() + " models", merge.write(to, by, CREATED_BY));
        }
    }

    private void twin(double keep) {
        if (models.isEmpty()) {
            throw rule.refused("--method twin needs models beside the base, which they share");
        }
        requirePaths();
        try (ModelMerge merge = ModelMerge.open(base, models)) {
            List<Long> kept = merge.writeTwin(to, keep, CREATED_BY);
            for (int task = 1; task <= kept.size(); task++) {
                System.out.printf(
                        Locale.ROOT, "task %d: %,d values of %s%n", task, kept.get(task - 1), models.get(task - 1));
            }
        }
    }

    private void compose(WeightedSum by) {
        if (!models.isEmpty()) {
            throw rule.refused("--method compose takes no models: they are in what twin made (--base); found "
                    + models.getFirst());
        }
        requirePaths();
        try (TwinModel twin = TwinModel.open(base)) {
            print(twin.tasks() + " tasks", twin.write(to, by, CREATED_BY));
        }
    }

    private void requirePaths() {
        if (Files.exists(to)) {
            throw new LaunchException(ExitCode.OUTPUT, to + " exists; choose another --to");
        }
        CheckpointPath.require(base);
        models.forEach(CheckpointPath::require);
    }

    private static void print(String of, ModelMerge.Summary made) {
        System.out.printf(
                Locale.ROOT,
                "%s, %d tensors, %,d values, %.1f %% of them not the base's%n",
                of,
                made.tensors(),
                made.values(),
                100.0 * made.changed() / made.values());
    }
}
