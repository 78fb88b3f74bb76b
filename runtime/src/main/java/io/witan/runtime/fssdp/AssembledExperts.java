package io.witan.runtime.fssdp;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.kernels.AdamWKernel;
import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.StatePart;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.ExpertSlices;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The experts of one layer of which ranks have slices, put together on their owners: parameters and both moments. */
public final class AssembledExperts implements AutoCloseable {
    private final ExchangeMemory exchange;
    private final Map<Integer, AdamWKernel.State> experts = new TreeMap<>();

    private AssembledExperts(ExchangeMemory exchange) {
        this.exchange = exchange;
    }

    /** Gathers the active slot's; all ranks call it together. An owner needs room for its experts of the layer, which goes on close. */
    public static AssembledExperts gather(RankRuntime runtime, TrainingState state, int layer) {
        AssembledExperts assembled = new AssembledExperts(runtime.exchange());
        Communicator lane = runtime.parameters();
        int[] owners = state.owners()[layer];
        ExpertSlices slices = new ExpertSlices(owners.length, lane.size());
        Placement whole = Placement.ofOwners(owners, lane.size());
        TransferPlan plan =
                HierarchicalTransferPlanner.plan(lane.topology(), slices.narrow(), slices.wide(whole), null);
        for (int e : whole.heldBy(lane.rank())) {
            long bytes = lane.size() * state.expertBytes();
            assembled.experts.put(
                    e,
                    new AdamWKernel.State(
                            assembled.exchange.allocate(bytes),
                            assembled.exchange.allocate(bytes),
                            assembled.exchange.allocate(bytes)));
        }
        lane.mark(state.activeStep(), layer);
        List<Handle> gathers = new ArrayList<>();
        for (StatePart part : StatePart.values()) {
            MemorySegment[] chunks = assembled.chunks(state, layer, slices, lane.rank(), part);
            gathers.add(lane.sparseAllGather(plan, chunks, state.expertBytes()));
        }
        gathers.forEach(Handle::await);
        return assembled;
    }

    private MemorySegment[] chunks(TrainingState state, int layer, ExpertSlices slices, int rank, StatePart part) {
        long bytes = state.expertBytes();
        MemorySegment[] chunks = new MemorySegment[slices.chunkCount()];
        for (int e = 0; e < slices.expertCount(); e++) {
            StateEntry entry = state.expert(layer, e);
            MemorySegment own = part.of(entry.slot(state.activeSlot()));
            if (experts.containsKey(e)) {
                MemorySegment whole = part.of(experts.get(e));
                for (int r = 0; r < slices.rankCount(); r++) {
                    chunks[slices.chunk(e, r)] = whole.asSlice(r * bytes, bytes);
                }
                chunks[slices.chunk(e, rank)].copyFrom(own);
            }
            chunks[slices.chunk(e, rank)] = own;
        }
        return chunks;
    }

    /** By expert, those that this rank owns; filling follows the parameters. */
    public Map<Integer, AdamWKernel.State> experts() {
        return experts;
    }

    @Override
    public void close() {
        for (AdamWKernel.State state : experts.values()) {
            for (StatePart part : StatePart.values()) {
                exchange.free(part.of(state));
            }
        }
        experts.clear();
    }
}
