package io.witan.runtime.profile;

import io.witan.runtime.engine.RankRuntime;
import io.witan.scheduler.fit.LinearFit;

/** Times of a layer's experts by assignments of a rank. Between {@link LayerWork#bringExperts} and {@link LayerWork#dropExperts}. */
final class ExpertTimes {
    /** Kernels are compiled while they warm up. */
    static final long WARM_UP_NS = 1_000_000_000;

    private final RankRuntime runtime;
    private final LayerWork work;
    private final Sampler sampler;

    ExpertTimes(RankRuntime runtime, LayerWork work, Sampler sampler) {
        this.runtime = runtime;
        this.work = work;
        this.sampler = sampler;
    }

    /** All ranks together. */
    LinearFit forward(long budgetNs) {
        return sampler.line(new Forward(), amounts(), budgetNs);
    }

    /** All ranks together. */
    LinearFit backward(long budgetNs) {
        return sampler.line(new Backward(), amounts(), budgetNs);
    }

    private int[] amounts() {
        return Sampler.amounts(work.assignments());
    }

    private final class Forward implements Sampler.Operation {
        @Override
        public long ns(int assignments) {
            try (LayerWork.Experts experts = work.experts(assignments)) {
                runtime.tokens().barrier().await();
                return experts == null ? 0 : nsOf(experts::forward);
            }
        }

        @Override
        public double size(int assignments) {
            return assignments;
        }

        @Override
        public long warmUpNs() {
            return WARM_UP_NS;
        }
    }

    private final class Backward implements Sampler.Operation {
        @Override
        public long ns(int assignments) {
            try (LayerWork.Experts experts = work.experts(assignments)) {
                if (experts != null) {
                    experts.forward();
                }
                runtime.tokens().barrier().await();
                return experts == null ? 0 : nsOf(experts::backward);
            }
        }

        @Override
        public double size(int assignments) {
            return assignments;
        }

        @Override
        public long warmUpNs() {
            return WARM_UP_NS;
        }
    }

    private static long nsOf(Runnable run) {
        long begin = System.nanoTime();
        run.run();
        return System.nanoTime() - begin;
    }
}
