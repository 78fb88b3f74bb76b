package io.witan.scheduler.simulate.table;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;

/** FasterMoE's shadowing: once loads are known, hot experts go to all ranks, as long as its cost falls. */
record ShadowPolicy(ProphetPolicy.Costs costs) implements PlacementPolicy {
    @Override
    public StepPlacement place(StepInput input) {
        return StepPlacement.keeping(input.owners());
    }

    @Override
    public boolean decidesAfterGate() {
        return true;
    }

    @Override
    public Placement afterGate(int layer, Placement wide, int[][] counts) {
        long[] load = new long[wide.expertCount()];
        for (int[] row : counts) {
            Arrays.setAll(load, e -> load[e] + row[e]);
        }
        int[] order = LoadOrder.descending(load);
        double each = 3 * costs.forwardNs() + 4 * costs.exchangeNs();
        double least = each * load[order[0]];
        int shadowed = 0;
        for (int k = 1; k < order.length; k++) {
            double ns = each * load[order[k]] + 2 * k * costs.expertNs();
            if (ns >= least) {
                break;
            }
            least = ns;
            shadowed = k;
        }
        int[] all = new int[counts.length];
        Arrays.setAll(all, rank -> rank);
        int[][] extra = new int[load.length][0];
        for (int i = 0; i < shadowed; i++) {
            extra[order[i]] = all;
        }
        return wide.with(extra);
    }
}
