package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.train.StepResult;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What is true of the placements, moves and bytes of a run's steps. */
final class PlacementChecks {
    private static final int LAYERS = PolicyWay.LAYERS;
    private static final int EXPERTS = PolicyWay.EXPERTS;
    private static final long EXPERT_BYTES = (long) PolicyWay.EXPERT_LENGTH * Float.BYTES;

    private PlacementChecks() {}

    static long copies(List<StepResult> steps) {
        return steps.stream()
                .flatMap(step -> step.placements().stream())
                .mapToLong(Placement::copyCount)
                .sum();
    }

    static long bytesOfCopies(List<Placement> layers) {
        return EXPERT_BYTES * layers.stream().mapToLong(Placement::copyCount).sum();
    }

    static int largestPerRank(StepResult step) {
        return step.placements().stream()
                .flatMapToInt(layer -> Arrays.stream(layer.copiesByRank()))
                .max()
                .orElse(0);
    }

    static Set<Integer> copied(Placement layer) {
        Set<Integer> copied = new TreeSet<>();
        for (int e = 0; e < EXPERTS; e++) {
            if (layer.holders(e).length > 1) {
                copied.add(e);
            }
        }
        return copied;
    }

    static Set<Integer> hottest(long[] load, int count) {
        List<Integer> experts =
                new ArrayList<>(IntStream.range(0, EXPERTS).boxed().toList());
        experts.sort(Comparator.comparingLong((Integer e) -> -load[e]).thenComparingInt(e -> e));
        return new TreeSet<>(experts.subList(0, count));
    }

    static Set<Integer> replicaCounts(StepResult step) {
        Set<Integer> counts = new TreeSet<>();
        for (Placement layer : step.placements()) {
            for (int e = 0; e < EXPERTS; e++) {
                counts.add(layer.holders(e).length);
            }
        }
        return counts;
    }

    static long pairsThatStayed(List<StepResult> steps) {
        long stayed = 0;
        for (int i = 1; i < steps.size(); i++) {
            for (int l = 0; l < LAYERS; l++) {
                Placement before = steps.get(i - 1).placements().get(l);
                Placement now = steps.get(i).placements().get(l);
                for (int e = 0; e < EXPERTS; e++) {
                    for (int rank : now.holders(e)) {
                        stayed += rank != now.owner(e) && before.holds(rank, e) ? 1 : 0;
                    }
                }
            }
        }
        return stayed;
    }

    static int[] owned(Placement layer, int ranks) {
        int[] owned = new int[ranks];
        addOwned(layer, owned);
        return owned;
    }

    static void addOwned(Placement layer, int[] owned) {
        for (int e = 0; e < EXPERTS; e++) {
            owned[layer.owner(e)]++;
        }
    }

    /** As many bytes as copies and moves take: each copy comes once and its gradient goes once, a move takes a whole state. */
    static void assertMoved(List<StepResult> steps) {
        for (StepResult step : steps) {
            assertThat(step.traffic().sparseAllGatherBytes()).isEqualTo(bytesOfCopies(step.placements()));
            assertThat(step.traffic().sparseReduceScatterBytes()).isEqualTo(bytesOfCopies(step.placements()));
            assertThat(step.traffic().reshardBytes())
                    .isEqualTo(3 * EXPERT_BYTES * step.moves().size());
        }
    }

    static void assertOwnersStay(List<StepResult> steps, int ranks) {
        int[][] even = OwnerPlacement.even(LAYERS, EXPERTS, ranks);
        for (StepResult step : steps) {
            assertThat(step.moves()).isEmpty();
            for (int l = 0; l < LAYERS; l++) {
                assertThat(step.placements().get(l).ownersOnly()).isEqualTo(Placement.ofOwners(even[l], ranks));
            }
        }
    }

    static void assertOwnersChange(List<StepResult> steps) {
        assertThat(steps)
                .as("owners change more than once")
                .filteredOn(step -> !step.moves().isEmpty())
                .hasSizeGreaterThan(1);
        assertThat(steps)
                .allMatch(step ->
                        step.step() % PolicyWay.INTERVAL == 0 || step.moves().isEmpty());
        assertThat(steps).allMatch(step -> step.moves().stream().noneMatch(move -> move.from() == move.to()));
    }

    /**
     * Algorithm 1 with room for t: the one or two experts that had most in the last steps, at first in this one, are on every rank,
     * as many as leave the busiest rank least; none if that spares it less than 2 %.
     */
    static void assertPredictedAreEverywhere(List<StepResult> steps, int ranks) {
        assertThat(copies(steps)).as("loads are uneven").isGreaterThan(steps.size());
        for (int i = 0; i < steps.size(); i++) {
            for (int l = 0; l < LAYERS; l++) {
                long[] load = new long[EXPERTS];
                for (StepResult past : steps.subList(Math.max(0, i - PolicyWay.WINDOW), Math.max(1, i))) {
                    for (int e = 0; e < EXPERTS; e++) {
                        load[e] += past.expertLoad()[l][e];
                    }
                }
                Placement layer = steps.get(i).placements().get(l);
                assertThat(copied(layer))
                        .as("step %d, layer %d", i + 1, l)
                        .isEqualTo(hottest(load, bestCount(layer, load)));
                assertThat(copied(layer)).allMatch(expert -> layer.holders(expert).length == ranks);
            }
        }
    }

    private static int bestCount(Placement layer, long[] load) {
        double[] busiest = {0.98 * busiest(layer, load, 0), busiest(layer, load, 1), busiest(layer, load, 2)};
        int best = busiest[1] < busiest[2] ? 1 : 2;
        return busiest[best] < busiest[0] ? best : 0;
    }

    /** Load of the busiest rank if so many of the hottest experts were on every rank. */
    private static double busiest(Placement layer, long[] load, int count) {
        double[] ofRank = new double[layer.rankCount()];
        Set<Integer> everywhere = hottest(load, count);
        for (int e = 0; e < EXPERTS; e++) {
            for (int rank = 0; rank < ofRank.length; rank++) {
                boolean shared = everywhere.contains(e);
                ofRank[rank] += shared ? (double) load[e] / ofRank.length : layer.owner(e) == rank ? load[e] : 0;
            }
        }
        return Arrays.stream(ofRank).max().getAsDouble();
    }
}
