package io.witan.runtime.train;

import io.witan.runtime.fssdp.CopyMemory;
import io.witan.scheduler.plan.Placement;
import java.util.List;

/**
 * Outcome of one step, the same on every rank but for the time.
 *
 * @param step from 1
 * @param loss mean cross-entropy in nats over the step's targets
 * @param balanceLoss mean over layers of E sum_e f_e P_e, before its factor; 1 is perfect balance
 * @param zLoss mean over layers of the mean squared log-sum-exp, before its factor
 * @param gradNorm global gradient norm before clipping, each expert counted once
 * @param learningRate of this step
 * @param skipped true if loss or norm was not finite and no parameter changed
 * @param tokens input tokens of the step over all ranks
 * @param seconds wall-clock time on this rank
 * @param traffic what moved, over all ranks
 * @param expertLoad assignments of each expert, layers x experts
 * @param rankLoad assignments computed by each rank, layers x ranks
 * @param placements where the experts of each layer were in this step, copies that were added after a gate among them
 * @param moves experts whose owner changed at the end of this step
 * @param copies the most that copies took on each rank, in rank order
 * @param tasks each task's part; empty: there are none
 * @param ranks what each rank tells of itself, in rank order
 */
public record StepResult(
        long step,
        double loss,
        double balanceLoss,
        double zLoss,
        double gradNorm,
        double learningRate,
        boolean skipped,
        long tokens,
        double seconds,
        StepTraffic traffic,
        long[][] expertLoad,
        long[][] rankLoad,
        List<Placement> placements,
        List<ExpertMove> moves,
        List<CopyMemory> copies,
        List<TaskResult> tasks,
        List<RankFigures> ranks) {
    /** Without tasks, and without what ranks tell. */
    public StepResult(
            long step,
            double loss,
            double balanceLoss,
            double zLoss,
            double gradNorm,
            double learningRate,
            boolean skipped,
            long tokens,
            double seconds,
            StepTraffic traffic,
            long[][] expertLoad,
            long[][] rankLoad,
            List<Placement> placements,
            List<ExpertMove> moves,
            List<CopyMemory> copies) {
        this(
                step,
                loss,
                balanceLoss,
                zLoss,
                gradNorm,
                learningRate,
                skipped,
                tokens,
                seconds,
                traffic,
                expertLoad,
                rankLoad,
                placements,
                moves,
                copies,
                List.of(),
                List.of());
    }

    /**
     * Payload bytes of a step by kind, summed over ranks.
     *
     * @param sparseAllGatherBytes of copies
     * @param betweenNodesBytes of {@code allToAllBytes}, those from node to node
     * @param reshardBytes of experts and moments that went to new owners, by SparseAllGathers too, at the step's end
     */
    public record StepTraffic(
            long sparseAllGatherBytes,
            long sparseReduceScatterBytes,
            long allToAllBytes,
            long betweenNodesBytes,
            long reshardBytes) {}

    /** An expert and its optimizer state went from one rank to another. */
    public record ExpertMove(int layer, int expert, int from, int to) {}

    public double tokensPerSecond() {
        return tokens / seconds;
    }

    /** The most that copies and their gradients took on any rank, bytes. */
    public long largestCopyBytes() {
        return copies.stream().mapToLong(CopyMemory::bytes).max().orElse(0);
    }

    /** Mean over layers of largest over mean load of an expert; 1 is perfect balance. */
    public double expertImbalance() {
        return meanImbalance(expertLoad);
    }

    /** Mean over layers of largest over mean assignments computed by a rank; 1 is perfect balance. */
    public double rankImbalance() {
        return meanImbalance(rankLoad);
    }

    private static double meanImbalance(long[][] layers) {
        double sum = 0;
        for (long[] layer : layers) {
            sum += imbalance(layer);
        }
        return layers.length == 0 ? 1 : sum / layers.length;
    }

    /** Largest over mean load; 1 is perfect balance, and what nothing has. */
    public static double imbalance(long[] load) {
        long total = 0;
        long largest = 0;
        for (long value : load) {
            total += value;
            largest = Math.max(largest, value);
        }
        return total == 0 ? 1 : (double) largest * load.length / total;
    }
}
