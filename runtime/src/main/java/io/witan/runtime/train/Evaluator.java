package io.witan.runtime.train;

import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.util.List;

/** Validation loss over all ranks. */
public final class Evaluator {
    private final RankRuntime runtime;
    private final TrainableModel model;
    private final TrainingData data;

    public Evaluator(RankRuntime runtime, TrainableModel model, TrainingData data) {
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
            TokenBatch batch = data.validation(i);
            TokenBatch own = batch.ofRank(runtime.rank(), runtime.size());
            BatchLoss loss = model.evaluate(own);
            sum += loss.sum();
            tasks.add(batch, own, loss);
            targets += batch.targetCount();
            runtime.arena().release(mark);
        }
        double total = RankSums.sum(runtime, new double[] {sum})[0];
        return new Result(total, targets, batches, tasks.sum(runtime, List.of()));
    }
}
