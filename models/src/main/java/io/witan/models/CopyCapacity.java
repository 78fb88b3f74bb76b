package io.witan.models;

import io.witan.runtime.memory.ExpertRoom;
import io.witan.runtime.memory.FreeMemory;
import io.witan.runtime.memory.StepRoom;
import io.witan.runtime.state.Sharding;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.util.Arrays;

/** How many copies of a layer fit on a rank: from memory that is free once the state is there, less what steps will take. */
record CopyCapacity(Recipe recipe, Topology topology, int vocabulary) {
    /** Of the memory that is left, so much is for copies. */
    private static final double SHARE = 0.8;

    /** Activations are worked out for even loads; a rank may get so much more. */
    private static final double LOAD_MARGIN = 1.5;

    /** m as this rank sees it, now; ranks take the smallest. */
    int ofThisRank(int rank) {
        int ranks = topology.rankCount(topology.nodeOf(rank));
        return of(FreeMemory.bytes() / ranks);
    }

    /** @param freeBytes of this rank's share of its machine */
    int of(long freeBytes) {
        RankBatch batch = new RankBatch(recipe, topology.rankCount(), topology.nodeCount());
        double activations = LOAD_MARGIN * StepRoom.bytes(batch.even(vocabulary));
        int always = assembled();
        double room = SHARE * (freeBytes - activations - ownGradientBytes()) / ((double) buffers() * expertBytes());
        return Math.clamp((long) room - always, 0, recipe.moe().shards() - always);
    }

    /** Buffers that a copy in every layer takes, where none is read in place. */
    private long buffers() {
        ParallelConfig parallel = recipe.parallel();
        boolean releases = parallel.policy() == NamedPolicy.FSSDP
                && parallel.rematerialise() == ParallelConfig.Rematerialise.RELEASE;
        ExpertRoom.Layer[] layers = new ExpertRoom.Layer[recipe.model().layers()];
        Arrays.fill(layers, new ExpertRoom.Layer(0, 1, 1, !releases));
        return ExpertRoom.of(layers, recipe.train().accumulation()).all();
    }

    /** Experts of a layer that a rank puts together from slices whatever m is. */
    private int assembled() {
        return recipe.parallel().sharding() == Sharding.SLICED
                ? Math.ceilDiv(recipe.moe().shards(), topology.rankCount())
                : 0;
    }

    private long expertBytes() {
        return recipe.moe().expertLayout().chunkBytes();
    }

    /** As much for its slices of all experts as for whole ones. */
    private long ownGradientBytes() {
        long slots = (long) recipe.model().layers() * recipe.moe().shards();
        return Math.ceilDiv(slots, topology.rankCount()) * expertBytes();
    }
}
