package io.witan.scheduler.policy.rival;

import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.util.List;

/**
 * Exchange of positions ({@code exchange}, SmartMoE, USENIX ATC 2023): every so many steps experts of a layer change places, so that
 * hot ones sit with cold ones. No replicas; every rank keeps its number of experts in each layer. With one expert on a rank nothing
 * can be won.
 *
 * <p>The search (the paper: light; its steps are ours): one expert of the busiest rank is exchanged for a colder one elsewhere, the
 * pair that leaves the busier of the two ranks with the least, while that is less than before. Of all states passed the one that the
 * layer time model finds cheapest is taken, with the fewest exchanges.
 */
public final class ExchangePolicy implements PlacementPolicy {
    /** Exchanges tried in a layer for each rank: the search stays light. */
    private static final int ROUNDS_PER_RANK = 2;

    private final PolicySettings settings;
    private final List<LayerTimeModel> models;

    public ExchangePolicy(PolicySettings settings) {
        this.settings = settings;
        this.models = settings.models();
    }

    @Override
    public StepPlacement place(StepInput input) {
        return StepPlacement.keeping(input.owners());
    }

    @Override
    public boolean looksAtOwners(long step) {
        return settings.looksAtOwners(step);
    }

    @Override
    public int[][] reshard(ReshardInput input) {
        if (!looksAtOwners(input.step())) {
            return input.owners();
        }
        int[][] owners = new int[input.owners().length][];
        boolean changed = false;
        for (int l = 0; l < owners.length; l++) {
            owners[l] = search(l, input.owners()[l], input.load()[l]);
            changed |= owners[l] != input.owners()[l];
        }
        return changed ? owners : input.owners();
    }

    /** The best owners, or {@code current} itself. */
    private int[] search(int layer, int[] current, long[] load) {
        Swaps swaps = new Swaps(current, load, settings.topology().rankCount());
        int[] best = current;
        long bestNs = expectedNs(layer, current, load);
        int rounds = ROUNDS_PER_RANK * settings.topology().rankCount();
        for (int round = 0; round < rounds && swaps.next(); round++) {
            long ns = expectedNs(layer, swaps.owner, load);
            if (ns < bestNs) {
                best = swaps.owner.clone();
                bestNs = ns;
            }
        }
        return best;
    }

    private long expectedNs(int layer, int[] owner, long[] load) {
        Placement narrow = Placement.ofOwners(owner, settings.topology().rankCount());
        return models.get(layer).expected(narrow, load, settings.assignments()).keptNs();
    }

    /** Owners of a layer, changed one exchange at a time. */
    private static final class Swaps {
        private final int[] owner;
        private final long[] load;
        private final long[] rankLoad;

        Swaps(int[] current, long[] load, int ranks) {
            this.owner = current.clone();
            this.load = load;
            this.rankLoad = new long[ranks];
            for (int e = 0; e < owner.length; e++) {
                rankLoad[owner[e]] += load[e];
            }
        }

        /** False if no exchange relieves the busiest rank. */
        boolean next() {
            int busiest = 0;
            for (int rank = 1; rank < rankLoad.length; rank++) {
                busiest = rankLoad[rank] > rankLoad[busiest] ? rank : busiest;
            }
            int bestHot = -1;
            int bestCold = -1;
            long least = rankLoad[busiest];
            for (int hot = 0; hot < owner.length; hot++) {
                for (int cold = 0; cold < owner.length && owner[hot] == busiest; cold++) {
                    long moved = load[hot] - load[cold];
                    long busier = Math.max(rankLoad[busiest] - moved, rankLoad[owner[cold]] + moved);
                    if (moved > 0 && owner[cold] != busiest && busier < least) {
                        least = busier;
                        bestHot = hot;
                        bestCold = cold;
                    }
                }
            }
            if (bestHot >= 0) {
                exchange(bestHot, bestCold);
            }
            return bestHot >= 0;
        }

        private void exchange(int hot, int cold) {
            long moved = load[hot] - load[cold];
            rankLoad[owner[hot]] -= moved;
            rankLoad[owner[cold]] += moved;
            int rank = owner[hot];
            owner[hot] = owner[cold];
            owner[cold] = rank;
        }
    }
}
