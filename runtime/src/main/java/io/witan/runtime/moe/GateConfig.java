package io.witan.runtime.moe;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;

/**
 * How a layer chooses experts; also section {@code model.gate} of a recipe.
 *
 * @param logits where logits come from
 * @param score what they are worth
 * @param select who chooses
 * @param capacityFactor 0: no assignment is dropped
 * @param task how it goes by tasks
 */
public record GateConfig(
        @Doc("how tokens are drawn to experts") @Default("linear") Source logits,
        @Doc("what a logit is worth") @Default("softmax") Score score,
        @Doc("who chooses") @Default("top_k") Select select,
        @Doc(
                        "assignments that an expert takes of a sequence, in even shares (top_k x tokens / experts); 0: all, nothing is dropped")
                @Default("0")
                @Range(min = 0)
                double capacityFactor,
        @Doc("whose assignments are kept where capacity_factor drops some") @Default("position") Priority priority,
        @Doc("groups of neighbouring experts, such as those of a node; divides experts") @Default("1") @Range(min = 1)
                int groups,
        @Doc("groups that a token's experts may come from") @Default("1") @Range(min = 1) int groupLimit,
        @Doc(
                        "by how much a step moves an expert's bias, which counts for the choice alone, towards even load; 0: no biases")
                @Default("0")
                @Range(min = 0, max = 1)
                double biasRate,
        @Doc("slots of an expert and sequence with select soft") @Default("1") @Range(min = 1, max = 1024) int slots,
        @Doc("dimensions of the cosine gate; 0: half of d_model, at most 256") @Default("0") @Range(min = 0)
                int cosineWidth,
        @Doc("how it goes by a token's task") TaskRouting task) {
    /** Without tasks. */
    public GateConfig(
            Source logits,
            Score score,
            Select select,
            double capacityFactor,
            Priority priority,
            int groups,
            int groupLimit,
            double biasRate,
            int slots,
            int cosineWidth) {
        this(
                logits,
                score,
                select,
                capacityFactor,
                priority,
                groups,
                groupLimit,
                biasRate,
                slots,
                cosineWidth,
                TaskRouting.NONE);
    }

    /** Where logits come from. */
    public enum Source {
        /** x W. */
        LINEAR,
        /** x W + normal noise, whose deviation is learnt. */
        NOISY,
        /** Cosine of token and expert in few dimensions, times a learnt factor. */
        COSINE
    }

    /** What a logit is worth. */
    public enum Score {
        /** Of all experts together. */
        SOFTMAX,
        /** Each for itself. */
        SIGMOID
    }

    /** Who chooses. */
    public enum Select {
        /** Each token its top_k best experts. */
        TOP_K,
        /** Each expert the tokens that score it highest, as many as capacity_factor says. */
        EXPERT_CHOICE,
        /** Nobody: every slot of an expert is a mixture of all tokens of a sequence (SoftMoE). */
        SOFT
    }

    /** Whose assignments are kept. */
    public enum Priority {
        /** The earlier token's. */
        POSITION,
        /** Those of the token whose first choice weighs more. */
        SCORE
    }

    /** x W, softmax, top-k, nothing dropped. */
    public static final GateConfig PLAIN =
            new GateConfig(Source.LINEAR, Score.SOFTMAX, Select.TOP_K, 0, Priority.POSITION, 1, 1, 0, 1, 0);

    /** Refuses combinations that no single key shows. */
    public GateConfig {
        if (groupLimit > groups) {
            throw new IllegalArgumentException(
                    "model.gate.group_limit " + groupLimit + " must not exceed model.gate.groups " + groups);
        }
        if (select == Select.EXPERT_CHOICE && (capacityFactor == 0 || groups > 1)) {
            throw new IllegalArgumentException(
                    "model.gate.select expert_choice needs model.gate.capacity_factor above 0, got " + capacityFactor
                            + ", and model.gate.groups 1, got " + groups);
        }
        if (select == Select.EXPERT_CHOICE && biasRate > 0) {
            throw new IllegalArgumentException(
                    "model.gate.select expert_choice has even loads: model.gate.bias_rate must be 0, got " + biasRate);
        }
        if (select == Select.SOFT) {
            refuseBesideSoft(biasRate != 0, "model.gate.bias_rate");
            refuseBesideSoft(logits != Source.LINEAR, "model.gate.logits");
            refuseBesideSoft(score != Score.SOFTMAX, "model.gate.score");
            refuseBesideSoft(capacityFactor != 0, "model.gate.capacity_factor");
            refuseBesideSoft(groups > 1, "model.gate.groups");
            refuseBesideSoft(task.by() != TaskRouting.By.NONE, "model.gate.task.by");
        }
    }

    private static void refuseBesideSoft(boolean other, String key) {
        if (other) {
            throw new IllegalArgumentException(
                    "model.gate.select soft chooses nothing: leave " + key + " at its default");
        }
    }

    /** Dimensions of the cosine gate of a model. */
    public int cosineWidth(int modelWidth) {
        return cosineWidth > 0 ? cosineWidth : Math.clamp(modelWidth / 2, 1, 256);
    }
}
