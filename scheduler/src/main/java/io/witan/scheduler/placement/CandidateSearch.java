package io.witan.scheduler.placement;

import io.witan.scheduler.cost.HolderBounds;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.plan.Placement;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * The cheapest placement of one layer so far. A candidate that cannot win by its bounds is not even made; so candidates may come in
 * any order, best the promising ones first, and each has a turn that decides among equally cheap ones. One thread.
 */
final class CandidateSearch {
    private final LayerTimeModel model;
    private final ToLongFunction<LayerTime> price;
    private final long[] load;
    private final long assignments;
    private Placement best;
    private long bestNs = Long.MAX_VALUE;
    private int bestTurn = Integer.MAX_VALUE;

    /** @param price grows with every part of the time, or stays */
    CandidateSearch(LayerTimeModel model, ToLongFunction<LayerTime> price, long[] load, long assignments) {
        this.model = model;
        this.price = price;
        this.load = load;
        this.assignments = assignments;
    }

    /** What a placement within the bounds costs at least. */
    long leastNs(HolderBounds bounds) {
        return price.applyAsLong(model.least(bounds, load, assignments));
    }

    /**
     * Makes a candidate if it may win.
     *
     * @param turn of equally cheap ones that of the lowest turn is taken
     * @return true if it is the best now
     */
    boolean consider(int turn, HolderBounds bounds, Supplier<Placement> candidate) {
        if (!wins(turn, leastNs(bounds))) {
            return false;
        }
        Placement made = candidate.get();
        long ns = price.applyAsLong(model.expected(made, load, assignments));
        if (!wins(turn, ns)) {
            return false;
        }
        best = made;
        bestNs = ns;
        bestTurn = turn;
        return true;
    }

    /** The cheapest, or null before there is one. */
    Placement best() {
        return best;
    }

    private boolean wins(int turn, long ns) {
        return ns < bestNs || (ns == bestNs && turn < bestTurn);
    }
}
