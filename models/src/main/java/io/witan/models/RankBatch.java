package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.memory.StepRoom;
import io.witan.runtime.moe.exchange.AllToAll;
import java.util.Collections;
import java.util.List;

/** A rank's share of a micro-batch, for the rank that has most rows. */
record RankBatch(Recipe recipe, int ranks, int nodes) {
    /** On one node. */
    RankBatch(Recipe recipe, int ranks) {
        this(recipe, ranks, 1);
    }

    long tokens() {
        long rows = Math.ceilDiv(recipe.train().rowsPerMicroBatch(), ranks);
        return rows * recipe.model().seqLen();
    }

    /** Rows that leave the rank's gate. */
    long assignments() {
        return tokens() * recipe.moe().rowsPerToken();
    }

    /** What it takes of the step's memory with even loads. */
    StepRoom.Batch even(int vocabulary) {
        return receiving(Collections.nCopies(recipe.model().layers(), assignments()), vocabulary);
    }

    /** @param received by layer, assignments that the rank's experts compute */
    StepRoom.Batch receiving(List<Long> received, int vocabulary) {
        GptMoeConfig model = recipe.model();
        return new StepRoom.Batch(
                tokens(),
                received,
                ranks,
                model.dModel(),
                model.heads(),
                recipe.moe().shardHidden(),
                recipe.moe().sharedHidden(),
                model.experts(),
                model.topK(),
                recipe.moe().expertSharding(),
                model.activation().matrices(),
                vocabulary,
                model.recompute() == TransformerBlock.Recompute.BLOCK,
                recipe.parallel().pipeline().mayCut(),
                recipe.parallel().pipeline().deferWeightGradients(),
                recipe.parallel().allToAll() == AllToAll.DEDUPLICATED ? nodes : 1,
                model.kvWidth(),
                model.qkvBias(),
                model.sharedGate());
    }
}
