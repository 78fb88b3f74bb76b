package io.witan.models;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.profile.KeptCosts;
import io.witan.runtime.profile.LayerProfiler;
import io.witan.runtime.profile.ProfileTable;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.pipeline.PipelinePlanner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The pipeline degrees of a recipe that leaves them to the run, by the profile of its ranks. Measures nothing before it is asked. Between
 * steps.
 */
final class PipelineChoice {
    private final ProfiledLayer layer;
    private final RankRuntime runtime;
    private final Path profiles;
    private KeptCosts<LayerProfile> kept;
    private final List<String> description = new ArrayList<>();

    /** @param profiles file of costs that earlier runs measured; null: none */
    PipelineChoice(ProfiledLayer layer, Path profiles) {
        this.layer = layer;
        this.runtime = layer.runtime();
        this.profiles = profiles;
    }

    /** By a profile that was kept, or is measured now; the same on all ranks. All ranks together. One rank alone has nothing to overlap. */
    PipelineDegrees degrees() {
        if (runtime.size() == 1) {
            return PipelineDegrees.SERIAL;
        }
        kept = new KeptCosts<>(
                runtime,
                profiles,
                LayerProfile.class,
                layer.shapes() + "; rows " + layer.recipe().parallel().allToAll());
        LayerProfile profile = kept.get();
        String origin = "measured by an earlier run";
        if (profile == null) {
            origin = "measured";
            profile = measure();
            kept.put(profile);
        }
        boolean deferring = layer.recipe().parallel().pipeline().deferWeightGradients();
        PipelinePlanner planner = new PipelinePlanner(profile, runtime.topology(), layer.sizes(), deferring);
        PipelineDegrees best = planner.best();
        describe(profile, origin, planner, best);
        return best;
    }

    private LayerProfile measure() {
        StepArena.Mark mark = runtime.arena().mark();
        LayerProfile measured = new LayerProfiler(
                        runtime,
                        layer.work(),
                        layer.recipe().parallel().allToAll().of(runtime),
                        layer.traffic())
                .measure();
        runtime.arena().release(mark);
        return measured;
    }

    private void describe(LayerProfile profile, String origin, PipelinePlanner planner, PipelineDegrees best) {
        description.clear();
        description.addAll(ProfileTable.lines(profile, origin));
        description.add(String.format(
                Locale.ROOT,
                "pipeline: r = %d forward, %d backward; a layer's exchanges and experts take %.2f ms, %.2f ms with r = 1",
                best.forward(),
                best.backward(),
                planner.ms(best),
                planner.ms(PipelineDegrees.SERIAL)));
    }

    /** The profile and what follows from it, for people; empty if nobody asked for degrees. */
    List<String> description() {
        return List.copyOf(description);
    }

    /** Looks at the time of each step too, if degrees were chosen by a profile: when it drifts, the profile is not kept any longer. */
    TrainingObserver watching(TrainingObserver observer) {
        return kept == null ? observer : new StepWatch(observer, kept::forget);
    }
}
