package io.witan.scheduler.gradient;

import io.witan.scheduler.pipeline.ChunkTimes;
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
     * Backward of a MoE layer on lanes that don't disturb each other; the degree is chosen anew for each all-reduce. One that is longer than
     * the network lane idles costs its excess, so that each degree's time is the larger of two.
     */
    final class Moe implements GradientHost {
        private final double[] aloneMs;
        private final double[] networkMs;

        /**
         * @param work of backward
         * @param largestDegree degrees 1 .. this are tried
         * @throws IllegalArgumentException if the largest degree is below 1
         */
        public Moe(MoeWork work, int largestDegree) {
            int[] degrees = DegreeSearch.upTo(largestDegree);
            this.aloneMs = new double[degrees.length];
            this.networkMs = new double[degrees.length];
            for (int i = 0; i < degrees.length; i++) {
                ChunkTimes chunk = work.chunk(degrees[i]);
                aloneMs[i] = PipelineTime.idealMs(chunk, 0);
                networkMs[i] = 2 * degrees[i] * chunk.allToAllMs();
            }
        }

        @Override
        public double ms(double gradientMs) {
            double least = Double.POSITIVE_INFINITY;
            for (int i = 0; i < aloneMs.length; i++) {
                least = Math.min(least, Math.max(aloneMs[i], networkMs[i] + gradientMs));
            }
            return least;
        }

        @Override
        public double windowMs() {
            double least = ms(0);
            double window = 0;
            for (int i = 0; i < aloneMs.length; i++) {
                if (aloneMs[i] == least) {
                    window = Math.max(window, aloneMs[i] - networkMs[i]);
                }
            }
            return window;
        }
    }
}
