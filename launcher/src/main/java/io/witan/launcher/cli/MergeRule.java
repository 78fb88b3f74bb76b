package io.witan.launcher.cli;

import io.witan.models.merge.CompetitionBalancing;
import io.witan.models.merge.Consensus;
import io.witan.models.merge.MergeMethod;
import io.witan.models.merge.TaskArithmetic;
import io.witan.models.merge.TaskMask;
import io.witan.models.merge.Ties;
import io.witan.models.merge.WeightedSum;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code merge} that say how, and what they may be. */
final class MergeRule {
    private static final double USUAL_SCALE = 0.3;
    private static final double WHOLE = 1;
    private static final double USUAL_TIMES = 0.4;
    private static final double USUAL_KEEP = 0.2;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** The rules. */
    enum Method {
        ARITHMETIC,
        TIES,
        PCB,
        CONSENSUS,
        MASK,
        TWIN,
        COMPOSE;

        /** Options that the rule takes. */
        private Set<String> options() {
            return switch (this) {
                case ARITHMETIC -> Set.of("--scale", "--weights");
                case TIES, PCB -> Set.of("--scale", "--keep");
                case CONSENSUS -> Set.of("--scale", "--times", "--agree");
                case MASK -> Set.of("--scale", "--times", "--task");
                case TWIN -> Set.of("--keep");
                case COMPOSE -> Set.of("--weights");
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--method",
            paramLabel = "NAME",
            required = true,
            description = {
                "arithmetic: base + scale * sum of differences, or sum of weight * difference (--weights);",
                "ties: large values, elected signs, their mean;",
                "pcb: values that win a competition of tasks, their weighted mean;",
                "consensus: arithmetic where enough tasks need it;",
                "mask: arithmetic where one task (--task) needs it;",
                "twin: keeps the base, a model that another method made, and beside it the largest differences of each model;",
                "compose: of what twin made (--base): base + sum of weight * difference"
            })
    private Method method;

    @Option(
            names = "--scale",
            paramLabel = "X",
            description = "of what is added to the base (default: 0.3; of ties, pcb and mask 1)")
    private Double scale;

    @Option(
            names = "--keep",
            paramLabel = "X",
            description = "ties, pcb, twin: share of each difference that stays (default: 0.2)")
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

    @Option(
            names = "--weights",
            paramLabel = "X",
            split = ",",
            description = "arithmetic, compose: one for each model, in their order")
    private List<Double> weights;

    Method method() {
        return method;
    }

    /** Refuses options that the method does not take. */
    void requireOnlyItsOptions() {
        requireTaken("--scale", scale);
        requireTaken("--keep", keep);
        requireTaken("--times", times);
        requireTaken("--agree", agree);
        requireTaken("--task", task);
        requireTaken("--weights", weights);
    }

    private void requireTaken(String option, Object value) {
        if (value != null && !method.options().contains(option)) {
            throw refused(option + " has no meaning with --method " + method);
        }
    }

    /** For the methods that make one model of a base and others. */
    MergeMethod of(int models) {
        boolean isWhole = method.options().contains("--keep") || method == Method.MASK;
        double by = number("--scale", scale, isWhole ? WHOLE : USUAL_SCALE);
        return switch (method) {
            case ARITHMETIC -> weights == null ? new TaskArithmetic(by) : weights();
            case TIES -> new Ties(keep(), by);
            case PCB -> new CompetitionBalancing(keep(), by);
            case CONSENSUS -> new Consensus(by, number("--times", times, USUAL_TIMES), agree == null ? 2 : agree);
            case MASK -> new TaskMask(by, number("--times", times, USUAL_TIMES), task(models));
            case TWIN, COMPOSE -> throw new IllegalStateException(method + " is no merge of several models");
        };
    }

    private double number(String option, Double value, double usual) {
        if (value != null && !(Double.isFinite(value) && value >= 0)) {
            throw refused(option + " must be 0 or more, got " + value);
        }
        return value == null ? usual : value;
    }

    /** Share that stays. */
    double keep() {
        double share = keep == null ? USUAL_KEEP : keep;
        if (!(share > 0 && share <= 1)) {
            throw refused("--keep must be above 0 and at most 1, got " + keep);
        }
        return share;
    }

    private int task(int models) {
        if (task == null) {
            throw refused("--method mask needs --task, the number of one of the " + models + " models");
        }
        return task - 1;
    }

    /** One for each model; whether there are as many, the merge says. */
    WeightedSum weights() {
        if (weights == null) {
            throw refused("--method " + method + " needs --weights, a number for each model");
        }
        if (scale != null) {
            throw refused("--scale has no meaning with --weights");
        }
        for (Double weight : weights) {
            if (!Double.isFinite(weight)) {
                throw refused("--weights must be finite numbers, got " + weight);
            }
        }
        return new WeightedSum(weights);
    }

    ParameterException refused(String why) {
        return new ParameterException(spec.commandLine(), why);
    }
}
