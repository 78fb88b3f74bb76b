package io.witan.models;

import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.moe.ExpertFeedForward;
import io.witan.runtime.profile.LayerProfiler;
import io.witan.runtime.profile.LayerWork;
import io.witan.scheduler.pipeline.LayerSizes;

/** The layer of a recipe whose costs are measured, as this run has it. */
record ProfiledLayer(Recipe recipe, ModelInstance instance) {
    RankRuntime runtime() {
        return instance.runtime();
    }

    /** What a rank computes in it. */
    LayerWork work() {
        int rows = Math.ceilDiv(recipe.train().rowsPerMicroBatch(), runtime().size());
        return instance.decoder()
                .layerWork(
                        rows,
                        recipe.model().seqLen(),
                        recipe.moe().rowsPerToken(),
                        new ExpertFeedForward(runtime().kernels().feedForward(), recipe.moe()));
    }

    LayerExperts experts() {
        return instance.decoder().moeLayers().getFirst().experts();
    }

    long expertBytes() {
        return recipe.moe().expertLayout().chunkBytes();
    }

    /** What decides costs beside machines and ranks. */
    String shapes() {
        int shards = recipe.parallel().expertSharding();
        return ConfigBinder.toTree(recipe.model()).toYaml() + "; experts "
                + recipe.parallel().sharding() + (shards > 1 ? " in " + shards + " shards" : "")
                + "; rows of a micro-batch "
                + recipe.train().rowsPerMicroBatch();
    }

    /** What ranks exchange in a step. */
    LayerProfiler.Traffic traffic() {
        return new LayerProfiler.Traffic(
                instance.assignmentBytes(), instance.state().dense().count() * Float.BYTES);
    }

    /** With even loads and without copies: what is known before the first step. */
    LayerSizes sizes() {
        long assignments = new RankBatch(recipe, runtime().size()).assignments();
        return LayerSizes.even(runtime().topology(), assignments, instance.assignmentBytes());
    }
}
