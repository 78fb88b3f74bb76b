package io.witan.runtime.fssdp;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import java.util.Optional;

/**
 * What one layer does with copies of experts in one step; the same on all ranks.
 *
 * @param transfer the copies and their hops
 * @param keeps true: copies stay from forward to backward; false: they are freed after each pass and gathered again for the next
 * @param load predicted load of each expert, which orders the hops of copies that are added; may be null
 * @param afterGate what adds copies once the counts are known; empty: nothing does
 */
public record LayerPlan(TransferPlan transfer, boolean keeps, long[] load, Optional<AfterGate> afterGate) {
    /** A decision in the middle of a layer. */
    public interface AfterGate {
        /**
         * @param wide where the experts are by now
         * @param counts counts[s][e] = assignments of rank s to expert e in this micro-batch
         * @return {@code wide} and what is added to it
         */
        Placement widen(Placement wide, int[][] counts);
    }

    /** Copies that stay for the whole step, as planned. */
    public static LayerPlan keeping(TransferPlan transfer) {
        return new LayerPlan(transfer, true, null, Optional.empty());
    }
}
