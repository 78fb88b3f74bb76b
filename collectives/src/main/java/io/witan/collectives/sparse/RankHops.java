package io.witan.collectives.sparse;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.collections.Int2IntHashMap;

/**
 * The hops of a plan that begin or end at one rank, by when they can run: at a level after the hop that brought the chunk to
 * its source, and inside nodes after all levels between nodes. All hops of one chunk from one source on one kind of link have
 * the same level. Made once for each plan; immutable.
 */
public final class RankHops {
    private static final int ABSENT = -1;

    /** In a {@link Fold}: the rank's own value. */
    static final int OWN = -1;

    /**
     * What the rank sums of a chunk at a level of a reduction, in ascending rank order.
     *
     * @param hops indices among the rank's hops of the level, or {@link #OWN}
     */
    record Fold(int chunk, int[] hops) {}

    private final int rank;
    private final TransferPlan plan;
    private final long hash;
    private final List<List<Transfer>> levels = new ArrayList<>();
    private final List<List<Fold>> folds = new ArrayList<>();
    private final BitSet readInPlace = new BitSet();
    private final BitSet passedOn = new BitSet();

    /** @throws IllegalArgumentException if plan and topology do not fit, or {@link TransferPlan#checked} refuses the plan */
    public RankHops(int rank, Topology topology, TransferPlan plan) {
        if (!plan.topology().equals(topology)) {
            throw new IllegalArgumentException("plan is for " + plan.topology() + ", communicator has " + topology);
        }
        this.rank = rank;
        this.plan = plan.checked();
        this.hash = plan.hash();
        // By chunk and rank: twice the level after which the rank has the chunk, and 1 if it came from inside the node.
        Int2IntHashMap arrivals = new Int2IntHashMap(ABSENT);
        int first = 0;
        for (Transfer hop : plan.interNode()) {
            first = Math.max(first, place(hop, 0, arrivals, 0) + 1);
        }
        for (Transfer hop : plan.intraNode()) {
            place(hop, first, arrivals, 1);
        }
        levels.forEach(hops -> folds.add(foldsOf(hops)));
    }

    /** Returns the level of the hop. */
    private int place(Transfer hop, int least, Int2IntHashMap arrivals, int inside) {
        int source = hop.source() == plan.narrow().owner(hop.chunk()) ? 0 : arrivals.get(index(hop, hop.source()));
        int level = Math.max(least, source / 2);
        arrivals.put(index(hop, hop.target()), 2 * (level + 1) + inside);
        while (levels.size() <= level) {
            levels.add(new ArrayList<>());
        }
        if (hop.source() == rank) {
            passedOn.set(hop.chunk());
            levels.get(level).add(hop);
        } else if (hop.target() == rank) {
            readInPlace.set(hop.chunk(), inside == 1 && source % 2 == 0);
            levels.get(level).add(hop);
        }
        return level;
    }

    private int index(Transfer hop, int end) {
        return hop.chunk() * plan.narrow().rankCount() + end;
    }

    private List<Fold> foldsOf(List<Transfer> hops) {
        return IntStream.range(0, hops.size())
                .filter(i -> hops.get(i).source() == rank)
                .map(i -> hops.get(i).chunk())
                .sorted()
                .distinct()
                .mapToObj(chunk -> fold(chunk, hops))
                .toList();
    }

    private Fold fold(int chunk, List<Transfer> hops) {
        int[] inRankOrder = IntStream.concat(
                        IntStream.of(OWN),
                        IntStream.range(0, hops.size())
                                .filter(i -> hops.get(i).chunk() == chunk
                                        && hops.get(i).source() == rank))
                .boxed()
                .sorted(Comparator.comparingInt(
                        i -> i == OWN ? rank : hops.get(i).target()))
                .mapToInt(i -> i)
                .toArray();
        return new Fold(chunk, inRankOrder);
    }

    public TransferPlan plan() {
        return plan;
    }

    /** As {@link TransferPlan#hash}. */
    long hash() {
        return hash;
    }

    /** True if the rank gets the chunk from a rank of its node that has it in memory of its own. */
    public boolean canReadInPlace(int chunk) {
        return readInPlace.get(chunk);
    }

    /** True if the rank passes the chunk on in a gather, and so adds to it in a reduction. */
    public boolean isSource(int chunk) {
        return passedOn.get(chunk);
    }

    /** Levels of the whole plan. */
    int levelCount() {
        return levels.size();
    }

    /** This rank's hops of a level, in the plan's order. */
    List<Transfer> at(int level) {
        return levels.get(level);
    }

    /** This rank's sums of a level, by ascending chunk. */
    List<Fold> foldsAt(int level) {
        return folds.get(level);
    }
}
