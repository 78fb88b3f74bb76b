package io.witan.runtime.fssdp;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.kernels.AdamWKernel;
import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.StatePart;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import io.witan.scheduler.transfer.OwnerMove;
import io.witan.scheduler.transfer.OwnerMovePlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Moves experts, parameters and both moments, to new owners at the end of a step: after the optimizer has written the active slot
 * and before that is committed. Until the commit the step before lies untouched in the other slot, if there is one, so a rank that
 * dies on the way costs only the step that had not ended.
 *
 * <p>In each round ({@link OwnerMovePlanner}) SparseAllGathers, whose narrow placement are the owners and whose wide one has the new
 * owner too, bring what comes to buffers, then it takes the place of what has gone. A rank needs buffers for one expert with both
 * moments, whatever moves.
 *
 * <p>Nobody reads the active slot of another rank meanwhile: of what is read in place, readers are done when their gradients are
 * reduced, which is before the optimizer begins; and the gathers here copy, and end on the sender when all have read.
 */
public final class ExpertMoves {
    private final Communicator lane;
    private final ExchangeMemory exchange;
    private final TrainingState state;
    private final int rank;

    /** @param state of the rank, which no step is using */
    public ExpertMoves(RankRuntime runtime, TrainingState state) {
        this.lane = runtime.parameters();
        this.exchange = runtime.exchange();
        this.state = state;
        this.rank = runtime.rank();
    }

    /** The update counts of all experts, which every rank knows. */
    public interface UpdateCount {
        /** Adam updates that the expert has had, on whichever rank. */
        long of(int layer, int expert);
    }

    /**
     * All ranks call it together, with the same owners. Layers have to follow ({@link LayerExperts#followOwners}).
     *
     * @param owners to be, layers x experts
     * @return what moved, in the order in which it did; empty if all stay, in which case nothing is sent
     * @throws IllegalArgumentException if the owners have another shape or change a rank's number of experts
     */
    public List<OwnerMove> run(int[][] owners, UpdateCount updates) {
        List<List<OwnerMove>> rounds = OwnerMovePlanner.rounds(state.owners(), owners, lane.size());
        if (rounds.isEmpty()) {
            return List.of();
        }
        int[][] now = Arrays.stream(state.owners()).map(int[]::clone).toArray(int[][]::new);
        AdamWKernel.State arrival = buffers(rounds);
        for (List<OwnerMove> round : rounds) {
            gather(round, now, arrival);
            settle(round, arrival, updates);
            round.forEach(move -> now[move.layer()][move.expert()] = move.to());
        }
        state.ownersAre(owners);
        if (arrival != null) {
            for (StatePart part : StatePart.values()) {
                exchange.free(part.of(arrival));
            }
        }
        return rounds.stream().flatMap(List::stream).toList();
    }

    /** Room for one expert, if this rank gets any. */
    private AdamWKernel.State buffers(List<List<OwnerMove>> rounds) {
        boolean receives = rounds.stream().flatMap(List::stream).anyMatch(move -> move.to() == rank);
        if (!receives) {
            return null;
        }
        long bytes = state.expertBytes();
        return new AdamWKernel.State(exchange.allocate(bytes), exchange.allocate(bytes), exchange.allocate(bytes));
    }

    /** Starts the round's gathers, layer by layer, and waits for them. */
    private void gather(List<OwnerMove> round, int[][] now, AdamWKernel.State arrival) {
        List<Handle> started = new ArrayList<>();
        round.stream().mapToInt(OwnerMove::layer).distinct().sorted().forEach(layer -> {
            List<OwnerMove> moves =
                    round.stream().filter(move -> move.layer() == layer).toList();
            TransferPlan plan = plan(moves, now[layer]);
            lane.mark(state.activeStep(), layer);
            for (StatePart part : StatePart.values()) {
                started.add(lane.sparseAllGather(plan, chunks(moves, now[layer], arrival, part), state.expertBytes()));
            }
        });
        started.forEach(Handle::await);
    }

    private TransferPlan plan(List<OwnerMove> moves, int[] owner) {
        int[][] to = new int[owner.length][0];
        moves.forEach(move -> to[move.expert()] = new int[] {move.to()});
        Placement narrow = Placement.ofOwners(owner, lane.size());
        return HierarchicalTransferPlanner.plan(lane.topology(), narrow, narrow.with(to), null);
    }

    /** Buffers of a layer for one part of the state: those of owned experts as they lie, and one for what comes. */
    private MemorySegment[] chunks(List<OwnerMove> moves, int[] owner, AdamWKernel.State arrival, StatePart part) {
        int layer = moves.getFirst().layer();
        MemorySegment[] chunks = new MemorySegment[owner.length];
        for (int e = 0; e < owner.length; e++) {
            if (owner[e] == rank) {
                chunks[e] = part.of(state.expert(layer, e).slot(state.activeSlot()));
            }
        }
        for (OwnerMove move : moves) {
            if (move.to() == rank) {
                chunks[move.expert()] = part.of(arrival);
            }
        }
        return chunks;
    }

    /** What has come takes the place of what has gone. */
    private void settle(List<OwnerMove> round, AdamWKernel.State arrival, UpdateCount updates) {
        OwnerMove gone = null;
        OwnerMove come = null;
        for (OwnerMove move : round) {
            gone = move.from() == rank ? move : gone;
            come = move.to() == rank ? move : come;
        }
        if (come != null) {
            StateEntry entry = state.replace(
                    new int[] {gone.layer(), gone.expert()}, new int[] {come.layer(), come.expert()}, arrival);
            entry.updates(updates.of(come.layer(), come.expert()));
        }
    }
}
