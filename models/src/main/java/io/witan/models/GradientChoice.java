package io.witan.models;

import io.witan.runtime.engine.RankMessages;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.gradient.GradientPlan;
import io.witan.scheduler.gradient.GradientPlanner;
import io.witan.scheduler.gradient.GradientProblem;
import io.witan.scheduler.gradient.GradientWindows;
import io.witan.scheduler.gradient.ProfiledBackward;
import io.witan.scheduler.pipeline.PipelineDegrees;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The windows of backward in which dense gradients travel, by the profile of the run's ranks. Between steps. */
final class GradientChoice {
    private static final double MEGABYTE = 1e6;

    private final ProfiledLayer layer;
    private final RunProfile profile;
    private String description = "";

    GradientChoice(ProfiledLayer layer, RunProfile profile) {
        this.layer = layer;
        this.profile = profile;
    }

    /**
     * Rank 0 plans for all. All ranks together. One rank alone has nothing to sum.
     *
     * @param degrees that the run's layers have
     */
    GradientWindows windows(PipelineDegrees degrees) {
        if (layer.runtime().size() == 1) {
            return new GradientWindows(List.of());
        }
        LayerProfile measured = profile.get();
        GradientProblem problem =
                ProfiledBackward.problem(measured, layer.planner(measured).backwardChunk(degrees), layer.readyBytes());
        String plan = RankMessages.all(layer.runtime(), () -> layer.runtime().rank() == 0 ? plan(problem) : "")
                .getFirst();
        GradientWindows windows = new GradientWindows(
                Arrays.stream(plan.split(",")).map(Long::valueOf).toList());
        describe(problem, windows);
        return windows;
    }

    private static String plan(GradientProblem problem) {
        GradientPlan plan = GradientPlanner.plan(problem);
        return GradientWindows.of(plan, problem.segments().size() - 1).bytes().stream()
                .map(String::valueOf)
                .collect(Collectors.joining(","));
    }

    private void describe(GradientProblem problem, GradientWindows windows) {
        long moe = 0;
        for (int stretch = 0; stretch < windows.bytes().size(); stretch += GradientWindows.STRETCHES) {
            moe += windows.bytesOf(stretch);
        }
        long dense = windows.totalBytes() - moe;
        long[] bytes = new long[problem.segments().size()];
        Arrays.setAll(bytes, windows::bytesOf);
        GradientPlan plan = problem.plan(bytes);
        description = String.format(
                Locale.ROOT,
                "gradients: %.2f MB travel in MoE layers, %.2f MB in the rest of backward, %.2f MB after it; they lengthen a step by %.2f ms, by %.2f ms if all travelled after it",
                moe / MEGABYTE,
                dense / MEGABYTE,
                (problem.totalBytes() - moe - dense) / MEGABYTE,
                plan.exposedMs(),
                problem.allReduce().msIfAny(problem.totalBytes()));
    }

    /** What follows from the profile, for people; empty if nobody asked for windows. */
    Optional<String> description() {
        return description.isEmpty() ? Optional.empty() : Optional.of(description);
    }
}
