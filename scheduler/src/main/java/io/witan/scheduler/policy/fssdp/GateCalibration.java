package io.witan.scheduler.policy.fssdp;

import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.placement.ReplicaCounts;
import io.witan.scheduler.placement.ReplicaSpread;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * Copies that are added once the tokens of a layer are known (Hecate, section 4.2). Candidates are the first 1, 2, 4, ... copies
 * that the expert of largest load / holders would get next. One is taken if
 *
 * <p>4 (T_a2a before - after) + 3 (T_comp before - after) > 1.05 x (gather of the added copies, which hides nowhere + what more of
 * backward's collectives does not hide);
 *
 * <p>of several the one that gains most. Nothing is ever taken away.
 *
 * @param exposedBackward {@link LayerTime#exposedReduceNs} or {@link LayerTime#exposedRegatherNs}
 */
record GateCalibration(Topology topology, LayerTimeModel model, ToLongFunction<LayerTime> exposedBackward) {
    private static final long PERCENT = 100;
    private static final long MARGIN_PERCENT = 5;

    /**
     * @param counts counts[s][e] of this micro-batch
     * @param planned what was decided before the gate of the step's first micro-batch
     * @param room copies that may be added to that on each rank
     * @return {@code wide} or a placement that contains it
     */
    Placement extend(Placement planned, Placement wide, int[][] counts, int room) {
        if (room == 0) {
            return wide;
        }
        long[] load = LoadOrder.total(counts);
        int[] holders = new int[load.length];
        Arrays.setAll(holders, e -> wide.holders(e).length);
        int[] free = wide.beyond(planned).copiesByRank();
        Arrays.setAll(free, rank -> Math.max(0, room - free[rank]));
        int most = Arrays.stream(free).sum();
        LayerTime before = model.time(wide, counts);
        ReplicaCounts growing = new ReplicaCounts(load, holders, topology.rankCount());
        Placement best = wide;
        long bestGain = 0;
        int start = growing.total();
        int last = -1;
        for (int copies = 1; last < growing.total() && copies <= most; copies *= 2) {
            last = growing.total();
            growing.growTo(start + copies);
            Placement candidate = wide.with(new ReplicaSpread(topology, load, free).beyond(wide, growing.counts()));
            long gain = gain(before, model.time(wide, candidate, counts));
            if (gain > bestGain) {
                best = candidate;
                bestGain = gain;
            }
        }
        return best;
    }

    /** What is won beyond the price with its margin; 0 or less: not worth it. */
    private long gain(LayerTime before, LayerTime after) {
        long saved = before.tokensNs() - after.tokensNs();
        long price = after.lateGatherNs()
                + Math.max(0, exposedBackward.applyAsLong(after) - exposedBackward.applyAsLong(before));
        return price < 0 ? 0 : saved - price - Math.ceilDiv(price, PERCENT) * MARGIN_PERCENT;
    }
}
