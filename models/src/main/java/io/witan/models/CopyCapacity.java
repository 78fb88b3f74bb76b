package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.memory.FreeMemory;
import io.witan.scheduler.plan.Topology;

/** How many copies of a layer fit on a rank: from memory that is free once the state is there, less what steps will take. */
record CopyCapacity(Recipe recipe, Topology topology, int vocabulary) {
    /** Of the memory that is left, so much is for copies. */
    private static final double SHARE = 0.8;

    /** Activations are estimated; they may be so much more. */
    private static final double ESTIMATE_MARGIN = 1.5;

    /** Rows [D] that a block saves besides those of its experts. */
    private static final int BLOCK_ROWS = 9;

    /** Rows [D] and [F] that experts save for an assignment, those on the way included. */
    private static final int EXPERT_ROWS = 4;

    private static final int HIDDEN_ROWS = 3;

    /** Logits and their gradient. */
    private static final int LOGIT_ROWS = 2;

    /** Layers whose gradients of copies are there at a time. */
    private static final int GRADIENT_LAYERS = 2;

    /** m as this rank sees it, now; ranks take the smallest. */
    int ofThisRank(int rank) {
        int ranks = topology.rankCount(topology.nodeOf(rank));
        return of(FreeMemory.bytes() / ranks);
    }

    /** @param freeBytes of this rank's share of its machine */
    int of(long freeBytes) {
        GptMoeConfig model = recipe.model();
        double forCopies = SHARE * (freeBytes - ESTIMATE_MARGIN * activationBytes() - ownGradientBytes());
        boolean turns = recipe.parallel().rematerialise() == ParallelConfig.Rematerialise.RELEASE;
        int gradients = recipe.train().accumulation() == 1 ? GRADIENT_LAYERS : model.layers();
        long chunks = (turns ? 1 : model.layers()) + gradients;
        long copies = (long) (forCopies / ((double) chunks * expertBytes()));
        return (int) Math.clamp(copies, 0, model.experts());
    }

    private long expertBytes() {
        return recipe.model().moe().expertLayout().chunkBytes();
    }

    private long ownGradientBytes() {
        long slots = (long) recipe.model().layers() * recipe.model().experts();
        return Math.ceilDiv(slots, topology.rankCount()) * expertBytes();
    }

    private double activationBytes() {
        GptMoeConfig model = recipe.model();
        long rows = Math.ceilDiv(recipe.train().rowsPerMicroBatch(), topology.rankCount());
        double tokens = (double) rows * model.seqLen();
        double d = model.dModel();
        double block = BLOCK_ROWS * d + model.topK() * (EXPERT_ROWS * d + HIDDEN_ROWS * (double) model.dFf());
        boolean recomputes = model.recompute() == TransformerBlock.Recompute.BLOCK;
        double blocks = recomputes ? block + model.layers() * d : model.layers() * block;
        return Float.BYTES * tokens * (blocks + LOGIT_ROWS * (double) vocabulary);
    }
}
