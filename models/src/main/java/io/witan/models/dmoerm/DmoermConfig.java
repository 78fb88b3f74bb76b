package io.witan.models.dmoerm;

import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import java.util.Locale;
import java.util.Optional;

/** Section {@code dmoerm} of a recipe: a reward model with a router, experts that are adapters of capability points, and aggregators. */
public record DmoermConfig(
        @Doc("which tokens of its row the base model's tokens see") @Default("causal") Attention attention,
        @Doc("rank r of the adapters") @Default("8") @Range(min = 1) int loraRank,
        @Doc("adapters are scaled by this over their rank") @Default("16") @Range(above = 0) double loraAlpha,
        @Doc("width of the router's own model; a multiple of model.heads") @Default("32") @Range(min = 1)
                int routerWidth,
        @Doc("blocks of the router's own model") @Default("1") @Range(min = 1) int routerLayers,
        @Doc("where pairs come from") @Default("generated") Source source,
        @Doc("file of the pairs; not for generated ones") Optional<String> path,
        @Doc("pairs to take, from the first; for generated ones how many there are") @Default("30000") @Range(min = 10)
                int pairs,
        @Doc("pairs held back to validate on") @Default("512") @Range(min = 0) int validationPairs,
        @Doc("pairs held back for the report at the end") @Default("2048") @Range(min = 0) int testPairs,
        @Doc("share of generated pairs whose label is the wrong response") @Default("0.25") @Range(min = 0, max = 1)
                double labelNoise,
        @Doc("part of train.steps, in proportion to the others', that trains the router") @Default("2") @Range(min = 0)
                double routerPart,
        @Doc("its highest learning rate") @Default("0.002") @Range(min = 0) double routerLr,
        @Doc(
                        "part that trains base and dense model to predict the next token of the texts; 0: they begin with random values")
                @Default("15")
                @Range(min = 0)
                double languagePart,
        @Doc("its highest learning rate") @Default("0.004") @Range(min = 0) double languageLr,
        @Doc("part that trains the base model") @Default("10") @Range(min = 0) double basePart,
        @Doc("its highest learning rate") @Default("0.002") @Range(min = 0) double baseLr,
        @Doc("part that trains adapters and heads of points; left out where pairs have no labels of points")
                @Default("40")
                @Range(min = 0)
                double pointsPart,
        @Doc("its highest learning rate") @Default("0.01") @Range(min = 0) double pointsLr,
        @Doc("part that trains the aggregators") @Default("13") @Range(min = 0) double aggregatorPart,
        @Doc("its highest learning rate") @Default("0.006") @Range(min = 0) double aggregatorLr,
        @Doc(
                        "part that trains a single dense reward model to compare with, by default as many steps as base, points and aggregators have together; 0: there is none")
                @Default("63")
                @Range(min = 0)
                double densePart,
        @Doc("its highest learning rate") @Default("0.002") @Range(min = 0) double denseLr) {
    /** What tokens of the base model see. */
    public enum Attention {
        /** All tokens of the row. */
        BIDIRECTIONAL,
        /** Those before, and themselves. */
        CAUSAL;

        Reach reach() {
            return this == CAUSAL ? Reach.CAUSAL : Reach.FULL;
        }
    }

    /** Where pairs come from. */
    public enum Source {
        /** The generator, whose truth is known. */
        GENERATED,
        /** Pairs of PandaLM with the votes of three annotators. */
        PANDALM,
        /** Dialogues of HH-RLHF. */
        HH,
        /** Pairs of one's own, each with its category. */
        PAIRS
    }

    /** Refuses combinations that no single key shows. */
    public DmoermConfig {
        if (source != Source.GENERATED && path.isEmpty()) {
            throw new IllegalArgumentException("dmoerm.source " + source.name().toLowerCase(Locale.ROOT)
                    + " needs dmoerm.path, the file of the pairs");
        }
        if (routerPart + languagePart + basePart + pointsPart + aggregatorPart + densePart == 0) {
            throw new IllegalArgumentException("dmoerm: all parts of the steps are 0");
        }
    }

    /** Whether there is a dense model. */
    boolean hasDense() {
        return densePart > 0;
    }

    /** A stage's part of the run's steps, in proportion to the others'. */
    double part(Stage stage) {
        return switch (stage) {
            case ROUTER -> routerPart;
            case LANGUAGE -> languagePart;
            case BASE -> basePart;
            case POINTS -> pointsPart;
            case AGGREGATOR -> aggregatorPart;
            case DENSE -> densePart;
        };
    }

    /** Its highest learning rate. */
    double rate(Stage stage) {
        return switch (stage) {
            case ROUTER -> routerLr;
            case LANGUAGE -> languageLr;
            case BASE -> baseLr;
            case POINTS -> pointsLr;
            case AGGREGATOR -> aggregatorLr;
            case DENSE -> denseLr;
        };
    }

    /** s: alpha / r. */
    double loraScale() {
        return loraAlpha / loraRank;
    }
}
