package io.witan.scheduler.policy.rival;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadOrder;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * Shadowing ({@code shadow}, FasterMoE, PPoPP 2022): after the gate the hottest experts go to all ranks, for this micro-batch. With
 * loads B1 >= B2 >= ... of experts, shadowing the first k takes
 *
 * <p>T(k) = 3 x (forward of an assignment) x B(k+1) + 4 x (assignment bytes) x B(k+1) / net + k x (expert bytes) / net,
 *
 * <p>net being the slower link; k grows from 0 and stops before the first rise. An expert is on one rank or on all. (The paper
 * balances the largest expert, not the busiest rank. It names no limit of memory; here k is at most an even share of the pool.)
 */
public final class ShadowPolicy implements PlacementPolicy {
    private static final BigInteger PS_PER_SECOND = BigInteger.valueOf(1_000_000_000_000L);

    private final PolicySettings settings;

    public ShadowPolicy(PolicySettings settings) {
        this.settings = settings;
    }

    @Override
    public StepPlacement place(StepInput input) {
        return StepPlacement.keeping(input.owners(), this::widen);
    }

    private Placement widen(int layer, Placement planned, Placement wide, int[][] counts) {
        long[] load = LoadOrder.total(counts);
        int[] order = LoadOrder.descending(load);
        int shadows = shadows(settings.layers().get(layer), load, order);
        int[] everyRank = new int[wide.rankCount()];
        Arrays.setAll(everyRank, rank -> rank);
        int[][] extra = new int[load.length][0];
        int room = settings.evenShare() - shadowed(planned, wide);
        for (int i = 0; i < shadows && room > 0; i++) {
            if (wide.holders(order[i]).length < everyRank.length) {
                extra[order[i]] = everyRank;
                room--;
            }
        }
        return shadows == 0 ? wide : wide.with(extra);
    }

    /** Experts that earlier micro-batches of the step have shadowed. */
    private static int shadowed(Placement planned, Placement wide) {
        Placement added = wide.beyond(planned);
        int count = 0;
        for (int e = 0; e < added.expertCount(); e++) {
            count += added.holders(e).length > 1 ? 1 : 0;
        }
        return count;
    }

    /** T(k+1) > T(k) exactly if the price of a shadow is above what the step from B(k+1) to B(k+2) saves; a tie goes on. */
    private int shadows(LayerCost cost, long[] load, int[] order) {
        int most = Math.min(settings.evenShare(), load.length);
        int k = 0;
        while (k < most && load[order[k]] > 0 && !rises(cost, load, order, k)) {
            k++;
        }
        return k;
    }

    /** In picoseconds times the bytes a second of the link, exactly. */
    private boolean rises(LayerCost cost, long[] load, int[] order, int k) {
        long drop = load[order[k]] - (k + 1 < order.length ? load[order[k + 1]] : 0);
        BigInteger net = BigInteger.valueOf(cost.speed().bottleneckBytesPerSecond(settings.topology()));
        BigInteger computing = BigInteger.valueOf(3)
                .multiply(BigInteger.valueOf(cost.forwardPsPerAssignment()))
                .multiply(net);
        BigInteger sending = BigInteger.valueOf(4)
                .multiply(BigInteger.valueOf(cost.assignmentBytes()))
                .multiply(PS_PER_SECOND);
        BigInteger price = BigInteger.valueOf(cost.expertBytes()).multiply(PS_PER_SECOND);
        return price.compareTo(computing.add(sending).multiply(BigInteger.valueOf(drop))) > 0;
    }
}
