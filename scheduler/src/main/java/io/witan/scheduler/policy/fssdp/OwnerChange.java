package io.witan.scheduler.policy.fssdp;

import io.witan.scheduler.cost.MoveTime;
import io.witan.scheduler.placement.HeterogeneousSharding;
import io.witan.scheduler.placement.MinimumMoves;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import java.util.Arrays;
import java.util.List;

/** New owners by Algorithm 2, with the fewest moves, and only if that pays. */
final class OwnerChange {
    /** A change must gain this many times what moving takes. */
    private static final int WORTH = 2;

    private final PolicySettings settings;
    private final LayerCopies copies;

    OwnerChange(PolicySettings settings, LayerCopies copies) {
        this.settings = settings;
        this.copies = copies;
    }

    /**
     * @return new owners, or {@code input.owners()} itself if it is not time, nothing would change, or the gain over the next
     *     interval by the layer time model is less than twice the time of the moves
     */
    int[][] decide(ReshardInput input) {
        if (!settings.looksAtOwners(input.step()) || !anyLoad(input.load())) {
            return input.owners();
        }
        int[] degree = hotExperts(input.load());
        int[][] planned = HeterogeneousSharding.plan(settings.topology(), input.load(), degree, input.owners());
        int[][] owners = MinimumMoves.relabel(settings.topology(), input.load(), degree, planned, input.owners());
        return pays(input.owners(), owners, input.load()) ? owners : input.owners();
    }

    /** t of each layer; 0 where there is no memory for copies, as then nothing is taken off the owners of hot experts. */
    private int[] hotExperts(long[][] load) {
        int[] degree = copies.capacity(load);
        Arrays.setAll(degree, l -> degree[l] == 0 ? 0 : settings.overlapDegree().get(l));
        return degree;
    }

    private boolean pays(int[][] before, int[][] after, long[][] load) {
        if (HeterogeneousSharding.movedExperts(before, after) == 0) {
            return false;
        }
        long movingNs = MoveTime.ns(settings.topology(), settings.layers(), before, after);
        long gainNs = expectedNs(before, load) - expectedNs(after, load);
        long layerRuns = (long) settings.reshardInterval() * settings.microBatches();
        return gainNs > 0 && Math.ceilDiv(movingNs, layerRuns) <= gainNs / WORTH;
    }

    private long expectedNs(int[][] owners, long[][] load) {
        int ranks = settings.topology().rankCount();
        List<Placement> narrow = Arrays.stream(owners)
                .map(layer -> Placement.ofOwners(layer, ranks))
                .toList();
        return copies.expectedNs(copies.plan(narrow, load), load);
    }

    private static boolean anyLoad(long[][] load) {
        return Arrays.stream(load).flatMapToLong(Arrays::stream).anyMatch(l -> l > 0);
    }
}
