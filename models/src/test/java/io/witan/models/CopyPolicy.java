package io.witan.models;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Copies for tests: fixed ones from the start of a step, and further ones after each gate. */
record CopyPolicy(Before before, After after, Keeping keeping) implements PlacementPolicy {
    /** Copies that are planned. */
    enum Before {
        /** None. */
        NOTHING,
        /** Expert 0 and the last one, on all ranks. */
        TWO_EXPERTS,
        /** All experts, on all ranks. */
        EVERYTHING
    }

    /** Copies that are added. */
    enum After {
        /** None, and nobody is asked. */
        NOTHING,
        /** The expert of most assignments among those that some rank lacks, on all ranks. */
        HOTTEST
    }

    /** Which layers keep their copies. */
    enum Keeping {
        ALL,
        NONE,
        /** Those of even number. */
        EVEN
    }

    @Override
    public StepPlacement place(StepInput input) {
        List<Placement> wide = input.owners().stream().map(this::copied).toList();
        boolean[] keeps = new boolean[wide.size()];
        for (int l = 0; l < keeps.length; l++) {
            keeps[l] = keeping == Keeping.ALL || keeping == Keeping.EVEN && l % 2 == 0;
        }
        return new StepPlacement(
                wide, keeps, after == After.NOTHING ? Optional.empty() : Optional.of(CopyPolicy::widen));
    }

    private Placement copied(Placement owners) {
        int last = owners.expertCount() - 1;
        return switch (before) {
            case NOTHING -> owners;
            case TWO_EXPERTS -> everywhere(everywhere(owners, 0), last);
            case EVERYTHING -> {
                Placement wide = owners;
                for (int e = 0; e <= last; e++) {
                    wide = everywhere(wide, e);
                }
                yield wide;
            }
        };
    }

    private static Placement widen(int layer, Placement planned, Placement wide, int[][] counts) {
        long[] load = LoadOrder.total(counts);
        int hottest = -1;
        for (int e = 0; e < load.length; e++) {
            boolean lacking = wide.holders(e).length < wide.rankCount();
            hottest = lacking && (hottest < 0 || load[e] > load[hottest]) ? e : hottest;
        }
        return hottest < 0 ? wide : everywhere(wide, hottest);
    }

    private static Placement everywhere(Placement wide, int expert) {
        int[][] extra = new int[wide.expertCount()][0];
        extra[expert] = IntStream.range(0, wide.rankCount()).toArray();
        return wide.with(extra);
    }
}
