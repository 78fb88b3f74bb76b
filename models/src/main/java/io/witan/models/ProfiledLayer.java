package io.witan.models;

import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.profile.LayerProfiler;
import io.witan.runtime.profile.LayerWork;
import io.witan.runtime.state.Parameter;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.pipeline.LayerSizes;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.pipeline.PipelinePlanner;
import io.witan.scheduler.step.GradientTimes;
import io.witan.scheduler.step.StepWork;
import java.util.ArrayList;
import java.util.List;

/** The layer of a recipe whose costs are measured, as this run has it. */
record ProfiledLayer(Recipe recipe, ModelInstance<?, ?> instance) {
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
                        LayerParts.feedForward(runtime(), recipe.moe()));
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

    /** What decides degrees, and tells times by them. */
    PipelinePlanner planner(LayerProfile profile) {
        boolean deferring = recipe.parallel().pipeline().deferWeightGradients();
        return new PipelinePlanner(profile, runtime().topology(), sizes(), deferring);
    }

    /** Dense gradients that are complete before the last layer's backward, before that of the one before it, ..., and when backward is over. */
    List<Long> readyBytes() {
        List<Long> ready = new ArrayList<>();
        long rest = traffic().gradientBytes();
        for (List<Parameter> group : instance.decoder().gradientGroups()) {
            long bytes = Float.BYTES
                    * group.stream()
                            .mapToLong(parameter -> parameter.spec().count())
                            .sum();
            ready.add(bytes);
            rest -= bytes;
        }
        ready.add(ready.removeLast() + rest);
        return ready;
    }

    /** A micro-batch of the run. @param found with all numbers found */
    StepWork stepWork(LayerProfile profile, ParallelConfig found) {
        PipelinePlanner planner = planner(profile);
        PipelineDegrees degrees = found.pipeline().degrees();
        LinearTime allReduce =
                profile.collectives(Reach.ALL).orElseThrow().allReduce().time();
        return new StepWork(
                recipe.model().layers(),
                profile.attentionMs(),
                planner.forwardChunk(degrees),
                planner.backwardChunk(degrees),
                recipe.model().recompute() == TransformerBlock.Recompute.BLOCK,
                planner.contention(),
                found.gradients()
                        .windows()
                        .map(windows -> GradientTimes.planned(windows, readyBytes(), allReduce))
                        .orElseGet(() -> GradientTimes.eager(readyBytes(), allReduce)));
    }

    /** With even loads and without copies: what is known before the first step. */
    LayerSizes sizes() {
        long assignments = new RankBatch(recipe, runtime().size()).assignments();
        return LayerSizes.even(runtime().topology(), assignments, instance.assignmentBytes());
    }
}
