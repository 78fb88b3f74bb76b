package io.witan.models.dmoerm;

import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import java.util.Locale;
import java.util.Optional;

/** Section {@code dmoerm} of a recipe: a reward model with a router, experts that are adapters of capability points, and aggregators. */
public record DmoermConfig(
        @Doc("which tokens of its row the base model's tokens see") @Default("bidirectional") Attention attention,
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
        @Doc("steps of the phase that trains the router") @Default("100") @Range(min = 0) int routerSteps,
        @Doc("its highest learning rate") @Default("0.002") @Range(min = 0) double routerLr,
        @Doc("steps of the phase that trains the base model") @Default("600") @Range(min = 0) int baseSteps,
        @Doc("its highest learning rate") @Default("0.002") @Range(min = 0) double baseLr,
        @Doc("steps of the phase that trains adapters and heads of points, where pairs have labels of points")
                @Default("400")
                @Range(min = 0)
                int pointsSteps,
        @Doc("its highest learning rate") @Default("0.005") @Range(min = 0) double pointsLr,
        @Doc("steps of the phase that trains the aggregators") @Default("300") @Range(min = 0) int aggregatorSteps,
        @Doc("its highest learning rate") @Default("0.002") @Range(min = 0) double aggregatorLr,
        @Doc("steps of the phase that trains a single dense reward model to compare with; 0: none")
                @Default("900")
                @Range(min = 0)
                int denseSteps,
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
        HH
    }

    /** Refuses combinations that no single key shows. */
    public DmoermConfig {
        if (source != Source.GENERATED && path.isEmpty()) {
            throw new IllegalArgumentException("dmoerm.source " + source.name().toLowerCase(Locale.ROOT)
                    + " needs dmoerm.path, the file of the pairs");
        }
        if (routerSteps + baseSteps + pointsSteps + aggregatorSteps + denseSteps == 0) {
            throw new IllegalArgumentException("dmoerm: all phases have 0 steps");
        }
    }

    /** s: alpha / r. */
    double loraScale() {
        return loraAlpha / loraRank;
    }
}
