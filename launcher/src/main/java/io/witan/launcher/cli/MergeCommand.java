package io.witan.launcher.cli;

import io.witan.launcher.Version;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.models.merge.Consensus;
import io.witan.models.merge.MergeException;
import io.witan.models.merge.MergeMethod;
import io.witan.models.merge.ModelMerge;
import io.witan.models.merge.TaskArithmetic;
import io.witan.models.merge.TaskMask;
import io.witan.models.merge.Ties;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

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
        })
final class MergeCommand implements Callable<Integer> {
    private static final double USUAL_SCALE = 0.3;
    private static final double WHOLE = 1;

    @Spec
    private CommandSpec spec;

    /** The rules. */
    private enum Method {
        ARITHMETIC,
        TIES,
        CONSENSUS,
        MASK
    }

    @Parameters(
            paramLabel = "DIR",
            arity = "1..*",
            description = "trained from the base; each the " + CheckpointPath.DESCRIPTION)
    private List<Path> models;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            required = true,
            description = "what they began with (checkpoint.init_from); the " + CheckpointPath.DESCRIPTION)
    private Path base;

    @Option(names = "--to", paramLabel = "DIR", required = true, description = "folder to make; must not exist")
    private Path to;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            required = true,
            description = {
                "arithmetic: base + scale * sum of differences;",
                "ties: large values, elected signs, their mean;",
                "consensus: arithmetic where enough tasks need it;",
                "mask: arithmetic where one task (--task) needs it"
            })
    private Method method;

    @Option(
            names = "--scale",
            paramLabel = "X",
            description = "of what is added to the base (default: 0.3; of ties and mask 1)")
    private Double scale;

    @Option(
            names = "--keep",
            paramLabel = "X",
            description = "ties: share of each difference that stays (default: 0.2)")
    private Double keep;

    @Option(
            names = "--times",
            paramLabel = "X",
            description =
                    "consensus, mask: a task needs a value that is so many times what the others add to it (default: 0.4)")
    private Double times;

    @Option(names = "--agree", paramLabel = "N", description = "consensus: tasks that need a value (default: 2)")
    private Integer agree;

    @Option(names = "--task", paramLabel = "N", description = "mask: number of the model, from 1")
    private Integer task;

    @Override
    public Integer call() {
        MergeMethod by = method();
        try {
            by.requireModels(models.size());
        } catch (MergeException e) {
            throw refused(e.getMessage());
        }
        if (Files.exists(to)) {
            throw new LaunchException(ExitCode.OUTPUT, to + " exists; choose another --to");
        }
        CheckpointPath.require(base);
        models.forEach(CheckpointPath::require);
        try (ModelMerge merge = ModelMerge.open(base, models)) {
            ModelMerge.Summary made = merge.write(to, by, "witan " + Version.current());
            System.out.printf(
                    Locale.ROOT,
                    "%d models, %d tensors, %,d values, %.1f %% of them not the base's%n",
                    models.size(),
                    made.tensors(),
                    made.values(),
                    100.0 * made.changed() / made.values());
        }
        System.out.println("output: " + to);
        System.out.println("recipe: " + to.resolve(ModelMerge.RECIPE));
        return 0;
    }

    private MergeMethod method() {
        boolean isMasked = method == Method.CONSENSUS || method == Method.MASK;
        requireOnly("--keep", keep, method == Method.TIES);
        requireOnly("--times", times, isMasked);
        requireOnly("--agree", agree, method == Method.CONSENSUS);
        requireOnly("--task", task, method == Method.MASK);
        double by = number("--scale", scale, method == Method.TIES || method == Method.MASK ? WHOLE : USUAL_SCALE);
        return switch (method) {
            case ARITHMETIC -> new TaskArithmetic(by);
            case TIES -> new Ties(share(), by);
            case CONSENSUS -> new Consensus(by, number("--times", times, 0.4), agree == null ? 2 : agree);
            case MASK -> new TaskMask(by, number("--times", times, 0.4), number());
        };
    }

    private void requireOnly(String option, Object value, boolean isAllowed) {
        if (value != null && !isAllowed) {
            throw refused(
                    option + " has no meaning with --method " + method.name().toLowerCase(Locale.ROOT));
        }
    }

    private double number(String option, Double value, double usual) {
        if (value != null && !(Double.isFinite(value) && value >= 0)) {
            throw refused(option + " must be 0 or more, got " + value);
        }
        return value == null ? usual : value;
    }

    private double share() {
        double share = keep == null ? 0.2 : keep;
        if (!(share > 0 && share <= 1)) {
            throw refused("--keep must be above 0 and at most 1, got " + keep);
        }
        return share;
    }

    private int number() {
        if (task == null) {
            throw refused("--method mask needs --task, the number of one of the " + models.size() + " models");
        }
        return task - 1;
    }

    private ParameterException refused(String why) {
        return new ParameterException(spec.commandLine(), why);
    }
}
