package io.witan.scheduler.gradient;

import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.ChunkTimes;
import java.util.ArrayList;
import java.util.List;

/** The backward of a model of alike layers, from what ranks measured. */
public final class ProfiledBackward {
    /** Of what comes before a layer's experts, over its forward. */
    public static final double OVER_FORWARD = 2;

    private ProfiledBackward() {}

    /**
     * Two segments a layer, the stretches of {@link GradientWindows}, and one for what travels when backward is over.
     *
     * @param profile of several ranks
     * @param moe a layer's backward, by the degree that it has
     * @param readyBytes complete before the last layer's backward, before that of the one before it, ..., and when backward is over
     * @throws IllegalArgumentException without a layer
     */
    public static GradientProblem problem(LayerProfile profile, ChunkTimes moe, List<Long> readyBytes) {
        if (readyBytes.size() < 2) {
            throw new IllegalArgumentException(readyBytes.size() + " groups of gradients; allowed 2 or more");
        }
        double factor = profile.contention();
        GradientHost experts = new GradientHost.Pipeline(moe, new Contention(0, factor, factor));
        GradientHost dense = new GradientHost.Dense(OVER_FORWARD * profile.attentionMs(), factor);
        List<GradientSegment> segments = new ArrayList<>();
        for (long ready : readyBytes.subList(0, readyBytes.size() - 1)) {
            segments.add(new GradientSegment(experts, ready));
            segments.add(new GradientSegment(dense, 0));
        }
        segments.add(new GradientSegment(new GradientHost.Dense(0), readyBytes.getLast()));
        return new GradientProblem(
                segments,
                profile.collectives(Reach.ALL).orElseThrow().allReduce().time());
    }
}
