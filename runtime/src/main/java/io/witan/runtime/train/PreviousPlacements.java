package io.witan.runtime.train;

import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The placements of a step as a later one gets them: with the owners of then. Packed for saved state as (expert, rank) of each copy. */
final class PreviousPlacements {
    private PreviousPlacements() {}

    /** For each layer: expert, rank, expert, rank, ... of all holders but the owners. */
    static int[][] pack(List<Placement> placements) {
        return placements.stream().map(PreviousPlacements::pack).toArray(int[][]::new);
    }

    private static int[] pack(Placement placement) {
        List<Integer> pairs = new ArrayList<>();
        for (int e = 0; e < placement.expertCount(); e++) {
            for (int rank : placement.holders(e)) {
                if (rank != placement.owner(e)) {
                    pairs.add(e);
                    pairs.add(rank);
                }
            }
        }
        return pairs.stream().mapToInt(i -> i).toArray();
    }

    /**
     * The copies with these owners. Where an owner was changed, the old one holds the expert no more.
     *
     * @param owners of each layer, without copies
     */
    static List<Placement> unpack(int[][] copies, List<Placement> owners) {
        List<Placement> placements = new ArrayList<>();
        for (int l = 0; l < copies.length; l++) {
            int[][] extra = new int[owners.get(l).expertCount()][0];
            for (int i = 0; i < copies[l].length; i += 2) {
                int e = copies[l][i];
                extra[e] = Arrays.copyOf(extra[e], extra[e].length + 1);
                extra[e][extra[e].length - 1] = copies[l][i + 1];
            }
            placements.add(owners.get(l).with(extra));
        }
        return placements;
    }
}
