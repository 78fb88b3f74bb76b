package io.witan.scheduler.gradient;

import io.witan.scheduler.lanes.Contention;
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
     * @param aloneMs its time without an all-reduce
     * @param contention of computing and an all-reduce beside it, as {@link Contention} counts it; 0: one as long is hidden
     */
    record Dense(double aloneMs, double contention) implements GradientHost {
        /** @throws IllegalArgumentException if a number is negative or not finite */
        public Dense {
            if (!(aloneMs >= 0) || !Double.isFinite(aloneMs) || !(contention >= 0) || !Double.isFinite(contention)) {
                throw new IllegalArgumentException("dense backward of " + aloneMs + " ms, contention " + contention
                        + "; allowed 0 or more, finite");
            }
        }

        /** Undisturbed: it hides an all-reduce as long. */
        public Dense(double windowMs) {
            this(windowMs, 0);
        }

        @Override
        public double ms(double gradientMs) {
            return Math.max(aloneMs, gradientMs) + contention * Math.min(aloneMs, gradientMs);
        }

        @Override
        public double windowMs() {
            return contention == 0 ? aloneMs : 0;
        }
    }

    /**
     * Backward of a MoE layer whose degree is settled, as in training: the all-reduce takes what exchanges leave of the network.
     *
     * @param chunk times with a whole degree
     */
    record Pipeline(ChunkTimes chunk, Contention contention) implements GradientHost {
        @Override
        public double ms(double gradientMs) {
            return PipelineTime.ms(chunk, gradientMs, contention);
        }

        @Override
        public double windowMs() {
            return contention.isNone() ? PipelineTime.windowMs(chunk) : 0;
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
