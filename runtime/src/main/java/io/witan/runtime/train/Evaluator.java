package io.witan.runtime.train;

import io.witan.runtime.data.Batch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.util.List;

/**
 * Validation loss over all ranks.
 *
 * @param <B> form of the batches
 */
public final class Evaluator<B extends Batch<B>> {
    private final RankRuntime runtime;
    private final TrainableModel<B> model;
    private final TrainingData<B> data;

    public Evaluator(RankRuntime runtime, TrainableModel<B> model, TrainingData<B> data) {
        this.runtime = runtime;
        this.model = model;
        this.data = data;
    }

    /**
     * Result over some validation batches.
     *
     * @param nllSum summed loss of the targets in nats
     * @param targets predicted tokens
     * @param batches batches used
     * @param tasks each task's part; empty: there are none
     */
    public record Result(double nllSum, long targets, int batches, List<TaskResult> tasks) {
        /** Mean loss of a token in nats. */
        public double perToken() {
            return nllSum / Math.max(1, targets);
        }
    }

    /** @param limit greatest number of batches, 0 for all */
    public Result run(int limit) {
        int batches = limit == 0 ? data.validationBatches() : Math.min(limit, data.validationBatches());
        double sum = 0;
        long targets = 0;
        TaskTotals tasks = new TaskTotals(data.tasks());
        for (int i = 0; i < batches; i++) {
            StepArena.Mark mark = runtime.arena().mark();
            B batch = data.validation(i);
            B own = batch.ofRank(runtime.rank(), runtime.size());
            BatchLoss loss = model.evaluate(own);
            sum += loss.sum();
            tasks.count(batch);
            tasks.add(own, loss);
            targets += batch.targetCount();
            runtime.arena().release(mark);
        }
        double total = RankSums.sum(runtime, new double[] {sum})[0];
        return new Result(total, targets, batches, tasks.sum(runtime, List.of()));
    }
}
