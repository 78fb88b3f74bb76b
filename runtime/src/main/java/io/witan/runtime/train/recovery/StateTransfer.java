package io.witan.runtime.train.recovery;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.kernels.AdamWKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.StatePart;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Brings a step from the ranks that can read it to those that go on with it: the dense region to all, every expert to its owner, with both
 * moments, into the active slot. Of experts in slices each rank gets those slices that its own overlaps. All ranks run it together.
 */
final class StateTransfer {
    private final RankRuntime runtime;
    private final Communicator lane;
    private final TrainingState state;
    private final WholeStep step;
    private final Map<Integer, SavedStep> here;
    private final int[][] savedOwners;

    /**
     * @param state whose owners are those that go on
     * @param here what this rank reads, by the rank of the earlier start whose it is
     * @param savedOwners owner of each expert in the step
     */
    StateTransfer(
            RankRuntime runtime,
            TrainingState state,
            WholeStep step,
            Map<Integer, SavedStep> here,
            int[][] savedOwners) {
        this.runtime = runtime;
        this.lane = runtime.parameters();
        this.state = state;
        this.step = step;
        this.here = here;
        this.savedOwners = savedOwners;
    }

    void run() {
        dense();
        for (int layer = 0; layer < state.moeLayerCount(); layer++) {
            lane.mark(step.step(), layer);
            if (state.sharding() == Sharding.WHOLE) {
                experts(layer);
            } else {
                for (int expert = 0; expert < savedOwners[layer].length; expert++) {
                    slices(layer, expert);
                }
            }
        }
        state.changed();
    }

    private int at(int savedRank) {
        return step.holdings().get(savedRank).at();
    }

    private boolean isHere(int savedRank) {
        return at(savedRank) == runtime.rank();
    }

    private void dense() {
        AdamWKernel.State target = state.dense().slot(state.activeSlot());
        Holding from = step.dense();
        lane.mark(step.step(), -1);
        for (StatePart part : StatePart.values()) {
            MemorySegment to = part.of(target);
            MemorySegment buffer = isHere(from.rank()) ? here.get(from.rank()).dense(part) : to;
            lane.broadcast(buffer, from.at()).await();
            if (isHere(from.rank())) {
                to.copyFrom(buffer);
            }
        }
    }

    /** Whole experts of a layer: a chunk each, from who reads it to its owner. */
    private void experts(int layer) {
        int[] from = Arrays.stream(savedOwners[layer]).map(this::at).toArray();
        int[] to = state.owners()[layer];
        int[][] wanted = Arrays.stream(to).mapToObj(rank -> new int[] {rank}).toArray(int[][]::new);
        TransferPlan plan = plan(from, wanted);
        List<Handle> gathers = new ArrayList<>();
        for (StatePart part : StatePart.values()) {
            MemorySegment[] chunks = new MemorySegment[from.length];
            for (int e = 0; e < from.length; e++) {
                if (isHere(savedOwners[layer][e])) {
                    chunks[e] = here.get(savedOwners[layer][e]).expert(layer, e, part);
                } else if (to[e] == runtime.rank()) {
                    chunks[e] = target(layer, e, part);
                }
            }
            gathers.add(lane.sparseAllGather(plan, chunks, state.expertBytes()));
        }
        gathers.forEach(Handle::await);
        for (int e = 0; e < from.length; e++) {
            if (to[e] == runtime.rank() && isHere(savedOwners[layer][e])) {
                for (StatePart part : StatePart.values()) {
                    target(layer, e, part)
                            .copyFrom(here.get(savedOwners[layer][e]).expert(layer, e, part));
                }
            }
        }
    }

    /** The slices of one expert: a chunk each, from who reads it to all whose own slice has something of it. */
    private void slices(int layer, int expert) {
        StateEntry entry = state.expert(layer, expert);
        SliceOverlap overlap = new SliceOverlap(entry.wholeCount(), step.ranks(), lane.size());
        long oldBytes = overlap.savedLength() * Float.BYTES;
        int first = overlap.first(runtime.rank());
        int count = overlap.last(runtime.rank()) - first + 1;
        int[] from = new int[step.ranks()];
        Arrays.setAll(from, this::at);
        TransferPlan plan = plan(from, overlap.wanted());
        for (StatePart part : StatePart.values()) {
            MemorySegment room = runtime.exchange().allocate(count * oldBytes);
            MemorySegment[] chunks = new MemorySegment[step.ranks()];
            for (int slice = 0; slice < chunks.length; slice++) {
                boolean mine = slice >= first && slice < first + count;
                MemorySegment place = mine ? room.asSlice((slice - first) * oldBytes, oldBytes) : null;
                chunks[slice] = isHere(slice) ? here.get(slice).expert(layer, expert, part) : place;
                if (isHere(slice) && mine) {
                    place.copyFrom(chunks[slice]);
                }
            }
            lane.sparseAllGather(plan, chunks, oldBytes).await();
            overlap.take(runtime.rank(), room, target(layer, expert, part));
            runtime.exchange().free(room);
        }
    }

    private MemorySegment target(int layer, int expert, StatePart part) {
        return part.of(state.expert(layer, expert).slot(state.activeSlot()));
    }

    private TransferPlan plan(int[] from, int[][] wanted) {
        Placement narrow = Placement.ofOwners(from, lane.size());
        return HierarchicalTransferPlanner.plan(lane.topology(), narrow, narrow.with(wanted), null);
    }
}
