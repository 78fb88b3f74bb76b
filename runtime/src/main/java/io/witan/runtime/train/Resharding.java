package io.witan.runtime.train;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertMoves;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.StepResult.ExpertMove;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.transfer.OwnerMove;
import java.util.Arrays;
import java.util.List;

/**
 * Asks the policy, when it looks at the owners, who owns what from then on, and has the experts moved. Also keeps what that needs: the
 * loads since it last looked, and every region's update count, which does not travel, as all ranks know it.
 */
final class Resharding {
    /** All stay. */
    static final Outcome NONE = new Outcome(List.of(), 0);

    private final RankRuntime runtime;
    private final TrainingState state;
    private final List<MoeLayer> layers;
    private final PlacementPolicy policy;
    private final ExpertMoves moves;
    private final UpdateCounts updates;
    private final long[][] loads;
    private long steps;

    /**
     * What a change of owners was, the same on all ranks.
     *
     * @param moves empty if all stay
     * @param bytes that were received by new owners, over all ranks
     */
    record Outcome(List<ExpertMove> moves, long bytes) {}

    /** @param resumed state to go on from, null at the start of a run */
    Resharding(RankRuntime runtime, TrainableModel<?> model, PlacementPolicy policy, EngineState resumed) {
        this.runtime = runtime;
        this.state = model.state();
        this.layers = model.moeLayers();
        this.policy = policy;
        this.moves = new ExpertMoves(runtime, state);
        this.updates = new UpdateCounts(state);
        this.loads = new long[state.moeLayerCount()][];
        Arrays.setAll(loads, l -> new long[state.owners()[l].length]);
        if (resumed != null) {
            updates.restore(resumed);
            if (resumed.ranks() == runtime.size() && resumed.ownerLoads() != null) {
                add(resumed.ownerLoads());
                steps = resumed.ownerSteps();
            }
        }
    }

    /** Takes up the loads of a step, layers x experts; with or without an update of the parameters. */
    void observe(long[][] stepLoads) {
        add(stepLoads);
        steps++;
    }

    /**
     * After an update and the release of all layers: counts it, and moves what the policy wants elsewhere.
     *
     * @throws IllegalStateException if the policy wants owners that cannot be
     */
    Outcome afterUpdate(long step, long[][] stepLoads) {
        updates.add(stepLoads);
        if (!policy.looksAtOwners(step)) {
            return NONE;
        }
        int[][] owners = state.owners();
        int[][] wanted = policy.reshard(new ReshardInput(step, owners, loads, steps));
        for (long[] layer : loads) {
            Arrays.fill(layer, 0);
        }
        steps = 0;
        if (wanted == owners) {
            return NONE;
        }
        long before = runtime.parameters().traffic().sparseAllGatherBytes();
        long begin = runtime.timeline().begin();
        List<OwnerMove> moved;
        try {
            moved = moves.run(wanted, updates::of);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("step " + step + ": placement policy: " + e.getMessage(), e);
        }
        runtime.timeline().end(Span.WAIT_MOVES, Timeline.NONE, Timeline.NONE, begin);
        if (moved.isEmpty()) {
            return NONE;
        }
        layers.forEach(layer -> layer.experts().followOwners());
        runtime.tokens().mark(step, -1);
        long received = runtime.parameters().traffic().sparseAllGatherBytes() - before;
        return new Outcome(
                moved.stream()
                        .map(move -> new ExpertMove(move.layer(), move.expert(), move.from(), move.to()))
                        .toList(),
                (long) RankSums.sum(runtime, new double[] {received})[0]);
    }

    private void add(long[][] more) {
        for (int l = 0; l < loads.length; l++) {
            for (int e = 0; e < loads[l].length; e++) {
                loads[l][e] += more[l][e];
            }
        }
    }

    UpdateCounts updates() {
        return updates;
    }

    /** Assignments of each expert since the policy last looked, layers x experts. */
    long[][] loads() {
        return loads;
    }

    /** Number of those steps. */
    long steps() {
        return steps;
    }
}
