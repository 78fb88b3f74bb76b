package io.witan.models;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import io.witan.scheduler.pipeline.PipelineDegrees;

/** Section {@code parallel.pipeline} of a recipe. */
public record PipelineConfig(
        @Doc("messages of a dispatch or combine in forward; above 1 experts compute some while others travel")
                @Default("1")
                @Range(min = 1, max = PipelineDegrees.LARGEST)
                int forward,
        @Doc("likewise in backward, 0 for as many as in forward; one of the two divides the other")
                @Default("0")
                @Range(min = 0, max = PipelineDegrees.LARGEST)
                int backward) {
    /** Refuses degrees of which none divides the other. */
    public PipelineConfig {
        int both = backward == 0 ? forward : backward;
        if (Math.max(forward, both) % Math.min(forward, both) != 0) {
            throw new IllegalArgumentException("parallel.pipeline: one of forward " + forward + " and backward "
                    + backward + " must divide the other");
        }
    }

    PipelineDegrees degrees() {
        return new PipelineDegrees(forward, backward == 0 ? forward : backward);
    }
}
