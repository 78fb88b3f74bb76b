package io.witan.scheduler.placement;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/** {@link ScoredMaterialization} plainly: makes every candidate, one copy after another, and asks the model about each. */
final class SlowScoring {
    private final Topology topology;
    private final Placement owners;
    private final long[] load;
    private final int capacity;
    private final ToLongFunction<Placement> price;

    private SlowScoring(
            Topology topology, Placement owners, long[] load, int capacity, ToLongFunction<Placement> price) {
        this.topology = topology;
        this.owners = owners;
        this.load = load;
        this.capacity = capacity;
        this.price = price;
    }

    static Placement plan(ScoredMaterialization asked, Placement owners, long[] load, int memory) {
        int capacity = Math.min(memory, owners.expertCount());
        if (capacity == 0 || Arrays.stream(load).sum() == 0) {
            return owners;
        }
        ToLongFunction<Placement> price =
                wide -> asked.price().applyAsLong(asked.model().expected(wide, load, asked.assignments()));
        return new SlowScoring(asked.topology(), owners, load, capacity, price)
                .cheapest(SparseMaterialization.plan(asked.topology(), owners, load, asked.overlapDegree(), memory));
    }

    private Placement cheapest(Placement algorithm1) {
        List<Placement> candidates = new ArrayList<>(List.of(owners, algorithm1));
        for (int hot = 1; hot <= capacity; hot *= 4) {
            candidates.add(SparseMaterialization.plan(topology, owners, load, hot, capacity));
        }
        int slots = topology.rankCount() * capacity;
        List<Integer> steps = new ArrayList<>();
        for (int step = 1; step < slots; step *= 4) {
            steps.add(step);
        }
        steps.add(slots);
        List<Placement> queued = steps.stream().map(this::queued).toList();
        int best = steps.get(queued.indexOf(first(queued)));
        candidates.addAll(queued);
        if (best > 1) {
            candidates.add(queued(best / 2));
        }
        if (best < slots / 2) {
            candidates.add(queued(best * 2));
        }
        return first(candidates);
    }

    private Placement first(List<Placement> candidates) {
        Placement best = candidates.getFirst();
        for (Placement candidate : candidates) {
            best = price.applyAsLong(candidate) < price.applyAsLong(best) ? candidate : best;
        }
        return best;
    }

    private Placement queued(int copies) {
        int[] counts = new int[load.length];
        Arrays.fill(counts, 1);
        for (int copy = 0; copy < copies; copy++) {
            int best = -1;
            for (int e = 0; e < load.length; e++) {
                boolean able = load[e] > 0 && counts[e] < topology.rankCount();
                boolean more = best < 0 || LoadOrder.compareRatios(load[e], counts[e], load[best], counts[best]) > 0;
                best = able && more ? e : best;
            }
            if (best >= 0) {
                counts[best]++;
            }
        }
        int[] free = new int[topology.rankCount()];
        Arrays.fill(free, capacity);
        return owners.with(new ReplicaSpread(topology, load, free).beyond(owners, counts));
    }
}
