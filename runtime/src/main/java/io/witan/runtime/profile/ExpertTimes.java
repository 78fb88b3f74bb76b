package io.witan.runtime.profile;

import io.witan.runtime.engine.RankRuntime;
import io.witan.scheduler.fit.LinearFit;
import java.util.function.Consumer;

/** Times of a layer's experts by assignments of a rank. Between {@link LayerWork#bringExperts} and {@link LayerWork#dropExperts}. */
final class ExpertTimes {
    private final RankRuntime runtime;
    private final LayerWork work;
    private final Sampler sampler;

    ExpertTimes(RankRuntime runtime, LayerWork work, Sampler sampler) {
        this.runtime = runtime;
        this.work = work;
        this.sampler = sampler;
    }

    /** All passes once, with the fewest rows that are timed. */
    void passOfFewest() {
        pass(Sampler.amounts(work.assignments())[0]);
    }

    /** All passes once, with the most rows. */
    void passOfMost() {
        pass(work.assignments());
    }

    private void pass(int assignments) {
        try (LayerWork.Experts experts = work.experts(assignments)) {
            if (experts != null) {
                experts.forward();
                experts.backward();
                experts.addWeights();
            }
        }
    }

    /** All ranks together. */
    LinearFit forward(long budgetNs) {
        return line(budgetNs, _ -> {}, LayerWork.Experts::forward);
    }

    /** Of rows. All ranks together. */
    LinearFit backward(long budgetNs) {
        return line(budgetNs, LayerWork.Experts::forward, LayerWork.Experts::backward);
    }

    /** Gradients of weights. All ranks together. */
    LinearFit weights(long budgetNs) {
        return line(
                budgetNs,
                experts -> {
                    experts.forward();
                    experts.backward();
                },
                LayerWork.Experts::addWeights);
    }

    private LinearFit line(long budgetNs, Consumer<LayerWork.Experts> before, Consumer<LayerWork.Experts> timed) {
        return sampler.line(new Pass(before, timed), Sampler.amounts(work.assignments()), budgetNs);
    }

    /** @param before what {@code timed} goes on from; not timed */
    private final class Pass implements Sampler.Operation {
        private final Consumer<LayerWork.Experts> before;
        private final Consumer<LayerWork.Experts> timed;

        Pass(Consumer<LayerWork.Experts> before, Consumer<LayerWork.Experts> timed) {
            this.before = before;
            this.timed = timed;
        }

        @Override
        public long ns(int assignments) {
            try (LayerWork.Experts experts = work.experts(assignments)) {
                if (experts != null) {
                    before.accept(experts);
                }
                runtime.tokens().barrier().await();
                if (experts == null) {
                    return 0;
                }
                long begin = System.nanoTime();
                timed.accept(experts);
                return System.nanoTime() - begin;
            }
        }

        @Override
        public double size(int assignments) {
            return assignments;
        }

        @Override
        public long warmUpNs() {
            return 0;
        }
    }
}
