package io.witan.models;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.IntOrAuto;
import io.witan.runtime.config.Range;
import io.witan.scheduler.pipeline.PipelineDegrees;

/** Section {@code parallel.pipeline} of a recipe. */
public record PipelineConfig(
        @Doc(
                        "messages of a dispatch or combine in forward; above 1 experts compute some rows while others travel; auto: by measured times, backward too")
                @Default("1")
                @Range(min = 1, max = PipelineDegrees.LARGEST)
                IntOrAuto forward,
        @Doc("likewise in backward, 0 for as many as in forward; one of the two divides the other")
                @Default("0")
                @Range(min = 0, max = PipelineDegrees.LARGEST)
                int backward,
        @Doc(
                        "whether gradients of the experts' weights are computed while gradients of rows travel; else before those leave, with less memory")
                @Default("true")
                boolean deferWeightGradients) {
    /** Refuses degrees of which none divides the other. */
    public PipelineConfig {
        if (forward.isAuto() && backward != 0) {
            throw new IllegalArgumentException("forward auto finds backward too, which must be 0, got " + backward);
        }
        int ahead = forward.orElse(1);
        int back = backward == 0 ? ahead : backward;
        if (Math.max(ahead, back) % Math.min(ahead, back) != 0) {
            throw new IllegalArgumentException(
                    "one of forward " + ahead + " and backward " + back + " must divide the other");
        }
    }

    /** With degrees that the run has found. */
    PipelineConfig with(PipelineDegrees degrees) {
        return new PipelineConfig(IntOrAuto.of(degrees.forward()), degrees.backward(), deferWeightGradients);
    }

    boolean isAuto() {
        return forward.isAuto();
    }

    /** False if exchanges are whole; true as long as that is not known. */
    boolean mayCut() {
        return isAuto() || degrees().pieces() > 1;
    }

    /** For people. */
    String describe() {
        return "forward " + forward + ", backward " + backward;
    }

    /** @throws IllegalStateException if the run has not found them yet */
    PipelineDegrees degrees() {
        return new PipelineDegrees(forward.get(), backward == 0 ? forward.get() : backward);
    }
}
