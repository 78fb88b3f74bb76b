package io.witan.scheduler.gradient;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.DegreeSearch;
import io.witan.scheduler.pipeline.MoeWork;
import io.witan.scheduler.pipeline.PipelineTime;

/** What runs while a slice travels, and how long both take together. */
public sealed interface GradientHost {
    /** @param gradientMs all-reduce alone, 0 for none */
    double ms(double gradientMs);

    /** The longest all-reduce that costs nothing. */
    double windowMs();

    /**
     * Dense backward: computing and collectives inside the node.
     *
     * @param windowMs its time, which hides an all-reduce as long
     */
    record Dense(double windowMs) implements GradientHost {
        /** @throws IllegalArgumentException if the time is negative or not finite */
        public Dense {
            if (!(windowMs >= 0) || !Double.isFinite(windowMs)) {
                throw new IllegalArgumentException("dense backward of " + windowMs + " ms; allowed 0 or more, finite");
            }
        }

        @Override
        public double ms(double gradientMs) {
            return Math.max(windowMs, gradientMs);
        }
    }

    /**
     * Backward of a MoE layer on lanes that don't disturb each other; the degree is chosen anew for each all-reduce.
     *
     * @param work of backward
     * @param largestDegree degrees 1 .. this are tried
     */
    record Moe(MoeWork work, int largestDegree) implements GradientHost {
        /** @throws IllegalArgumentException if the largest degree is below 1 */
        public Moe {
            DegreeSearch.upTo(largestDegree);
        }

        @Override
        public double ms(double gradientMs) {
            return DegreeSearch.best(work, gradientMs, DegreeSearch.upTo(largestDegree), Contention.NONE)
                    .ms();
        }

        @Override
        public double windowMs() {
            int degree = DegreeSearch.best(work, 0, DegreeSearch.upTo(largestDegree), Contention.NONE)
                    .degree();
            return PipelineTime.windowMs(work.chunk(degree));
        }
    }
}
