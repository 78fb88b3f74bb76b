package io.witan.models;

import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.pipeline.PipelinePlanner;
import java.util.Locale;
import java.util.Optional;

/** The pipeline degrees of a recipe that leaves them to the run, by the profile of its ranks. Between steps. */
final class PipelineChoice {
    private final ProfiledLayer layer;
    private final RunProfile profile;
    private String description = "";

    PipelineChoice(ProfiledLayer layer, RunProfile profile) {
        this.layer = layer;
        this.profile = profile;
    }

    /** The same on all ranks. All ranks together. One rank alone has nothing to overlap. */
    PipelineDegrees degrees() {
        if (layer.runtime().size() == 1) {
            return PipelineDegrees.SERIAL;
        }
        PipelinePlanner planner = layer.planner(profile.get());
        PipelineDegrees best = planner.best();
        description = String.format(
                Locale.ROOT,
                "pipeline: r = %d forward, %d backward; a layer's exchanges and experts take %.2f ms, %.2f ms with r = 1",
                best.forward(),
                best.backward(),
                planner.ms(best),
                planner.ms(PipelineDegrees.SERIAL));
        return best;
    }

    /** What follows from the profile, for people; empty if nobody asked for degrees. */
    Optional<String> description() {
        return description.isEmpty() ? Optional.empty() : Optional.of(description);
    }
}
