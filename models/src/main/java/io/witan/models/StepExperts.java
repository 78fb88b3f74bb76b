package io.witan.models;

import io.witan.runtime.memory.ExpertRoom;
import io.witan.runtime.memory.MemoryPlan;
import io.witan.runtime.state.Sharding;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.ExpertSlices;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Experts in a planned step: what each rank keeps, what it copies, and what it reads of its neighbours. With one node, copies of whole
 * experts are read in place.
 *
 * @param owners by layer
 * @param wide by layer, owners and copies
 * @param keeps by layer, whether copies stay from forward to backward
 */
record StepExperts(Recipe recipe, Topology topology, List<Placement> owners, List<Placement> wide, boolean[] keeps) {
    /** With a router of its own a run's hot experts change: in time so many times the copies of a step have been read. */
    private static final int CHANGING = 2;

    MemoryPlan.Experts of(int rank, long denseBytes) {
        int layers = owners.size();
        int experts = recipe.moe().shards();
        int ranks = topology.rankCount();
        long allSlices = (long) layers * experts * sliceBytes();
        long kept = slices() ? allSlices : OwnerPlacement.slots(layers, experts, ranks)[rank] * expertBytes();
        return new MemoryPlan.Experts(
                denseBytes, kept, stateSlots(), chunkBytes(), buffers(rank), slices() ? allSlices : 0);
    }

    /** Buffers that a step takes on the rank. */
    private ExpertRoom.Peak buffers(int rank) {
        return room(
                l -> slices() ? 0 : owned(l, rank), l -> isReadInPlace() ? 0 : copied(l, rank), l -> copied(l, rank));
    }

    private ExpertRoom.Peak room(IntUnaryOperator owned, IntUnaryOperator copies, IntUnaryOperator gradients) {
        ExpertRoom.Layer[] layers = new ExpertRoom.Layer[owners.size()];
        for (int l = 0; l < layers.length; l++) {
            layers[l] =
                    new ExpertRoom.Layer(owned.applyAsInt(l), copies.applyAsInt(l), gradients.applyAsInt(l), keeps[l]);
        }
        return ExpertRoom.of(layers, recipe.train().accumulation());
    }

    private int owned(int layer, int rank) {
        return owners.get(layer).heldBy(rank).length;
    }

    /** Copies of whole experts; all that are put together where ranks have slices. */
    private int copied(int layer, int rank) {
        return wide.get(layer).heldBy(rank).length - (slices() ? 0 : owned(layer, rank));
    }

    /** Memory of the node's other ranks that this one reads or adds up, and so has in its own process too. */
    MemoryPlan.Peers peersOf(int rank) {
        int local = topology.rankCount(topology.nodeOf(rank));
        if (slices()) {
            long kept = (long) owners.size() * recipe.moe().shards() * sliceBytes();
            long gradients = buffers(rank).all() * sliceBytes();
            return new MemoryPlan.Peers(local, (local - 1) * kept * stateSlots(), (local - 1) * gradients);
        }
        long reads = 0;
        for (int l = 0; l < owners.size() && isReadInPlace(); l++) {
            int others = recipe.moe().shards() - owned(l, rank);
            reads += Math.min(others, (steady() ? 1 : CHANGING) * copied(l, rank));
        }
        long gradients = room(_ -> 0, _ -> 0, l -> neighboursOf(l, rank)).copyGradients();
        return new MemoryPlan.Peers(local, reads * stateSlots() * expertBytes(), gradients * expertBytes());
    }

    /** Copies of the rank's experts on other ranks of its node. */
    private int neighboursOf(int layer, int rank) {
        int count = 0;
        for (int e : owners.get(layer).heldBy(rank)) {
            for (int holder : wide.get(layer).holders(e)) {
                count += holder != rank && topology.sameNode(holder, rank) ? 1 : 0;
            }
        }
        return count;
    }

    private boolean steady() {
        return recipe.imposedRouting().isPresent();
    }

    private boolean isReadInPlace() {
        return topology.nodeCount() == 1 && !slices();
    }

    private boolean slices() {
        return recipe.parallel().sharding() == Sharding.SLICED;
    }

    int stateSlots() {
        return recipe.checkpoint().vault() ? 2 : 1;
    }

    private long expertBytes() {
        return recipe.moe().expertLayout().chunkBytes();
    }

    private long sliceBytes() {
        ExpertSlices cut = new ExpertSlices(recipe.moe().shards(), topology.rankCount());
        return cut.sliceLength(expertBytes() / Float.BYTES) * Float.BYTES;
    }

    private long chunkBytes() {
        return slices() ? topology.rankCount() * sliceBytes() : expertBytes();
    }
}
