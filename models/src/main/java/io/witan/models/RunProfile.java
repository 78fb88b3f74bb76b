package io.witan.models;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.profile.KeptCosts;
import io.witan.runtime.profile.LayerProfiler;
import io.witan.runtime.profile.ProfileTable;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.fit.LayerProfile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the operations of a run's layers cost, kept by an earlier run or measured when it is first asked for; the same on all ranks. Between
 * steps.
 */
final class RunProfile {
    private final ProfiledLayer layer;
    private final RankRuntime runtime;
    private final Path file;
    private KeptCosts<LayerProfile> kept;
    private LayerProfile profile;
    private String origin = "";

    /** @param file of costs that earlier runs measured; null: none */
    RunProfile(ProfiledLayer layer, Path file) {
        this.layer = layer;
        this.runtime = layer.runtime();
        this.file = file;
    }

    /** All ranks together, of which there are several. */
    LayerProfile get() {
        if (profile == null) {
            kept = new KeptCosts<>(
                    runtime,
                    file,
                    LayerProfile.class,
                    layer.shapes() + "; rows " + layer.recipe().parallel().allToAll());
            profile = kept.get();
            origin = "measured by an earlier run";
        }
        if (profile == null) {
            origin = "measured";
            profile = measure();
            kept.put(profile);
        }
        return profile;
    }

    private LayerProfile measure() {
        StepArena.Mark mark = runtime.arena().mark();
        LayerProfile measured = new LayerProfiler(
                        runtime,
                        layer.work(),
                        layer.recipe().parallel().allToAll().of(runtime, Timeline.NONE),
                        layer.traffic())
                .measure();
        runtime.arena().release(mark);
        return measured;
    }

    /** Empty if nobody asked for it. */
    Optional<LayerProfile> known() {
        return Optional.ofNullable(profile);
    }

    /** For people; empty if nobody asked for it. */
    List<String> description() {
        return profile == null ? List.of() : ProfileTable.lines(profile, origin);
    }

    /** Looks at the time of each step too, if decisions went by the profile: when it drifts, the profile is not kept any longer. */
    TrainingObserver watching(TrainingObserver observer) {
        return kept == null ? observer : new StepWatch(observer, kept::forget);
    }
}
