package io.witan.scheduler.pipeline;

import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.plan.Topology;

/**
 * The pipeline degrees of an MoE layer from what its operations were measured to cost. The lane of tokens carries all dispatches of a
 * direction, then all combines; experts compute piece by piece in order, and a combine goes when its pieces are there. Gradients of weights
 * are computed where experts would wait. Nothing is gathered or scattered around experts. Immutable; ranks with the same profile decide alike.
 */
public final class PipelinePlanner {
    /** A pipeline must be predicted to save this share of the layer's time: it costs what no line tells, and lines are no better than that. */
    static final double WORTHWHILE = 0.02;

    private final MoeWork forward;
    private final MoeWork backward;
    private final Contention contention;

    /**
     * @param topology of the ranks that the profile is of
     * @param deferring whether gradients of weights wait for gaps; else they come before rows go back
     */
    public PipelinePlanner(LayerProfile profile, Topology topology, LayerSizes sizes, boolean deferring) {
        MoeWork.Part allToAll = profile.collectives(Reach.ALL)
                .map(all -> new MoeWork.Part(all.allToAll().time(), evenBytes(profile, topology, sizes)))
                .orElse(MoeWork.Part.NONE);
        this.forward = work(allToAll, profile.expertForward().time(), LinearTime.ZERO, sizes);
        LinearTime rows = profile.expertBackward().time();
        LinearTime weights = profile.expertWeights().time();
        this.backward = deferring
                ? work(allToAll, rows, weights, sizes)
                : work(allToAll, rows.plus(weights), LinearTime.ZERO, sizes);
        this.contention = new Contention(0, profile.contention(), profile.contention());
    }

    private static MoeWork work(MoeWork.Part allToAll, LinearTime expert, LinearTime deferred, LayerSizes sizes) {
        return new MoeWork(
                allToAll,
                MoeWork.Part.NONE,
                new MoeWork.Part(expert, sizes.assignments()),
                MoeWork.Part.NONE,
                new MoeWork.Part(deferred, sizes.assignments()));
    }

    /**
     * Bytes leaving a rank, spread evenly over the others as in the profile's all-to-all, that cost what the layer's do: where rows stay in
     * nodes more or less than evenly, what leaves a rank is weighed by the slopes in and between nodes.
     */
    private static double evenBytes(LayerProfile profile, Topology topology, LayerSizes sizes) {
        if (profile.collectives(Reach.IN_NODE).isEmpty()
                || profile.collectives(Reach.BETWEEN_NODES).isEmpty()) {
            return sizes.bytes();
        }
        double inNode = slope(profile.collectives(Reach.IN_NODE).get());
        double between = slope(profile.collectives(Reach.BETWEEN_NODES).get());
        LayerSizes even = LayerSizes.even(topology, sizes.assignments(), sizes.rowBytes());
        double evenMs = inNode * even.bytesInNode() + between * even.bytesBetweenNodes();
        double ms = inNode * sizes.bytesInNode() + between * sizes.bytesBetweenNodes();
        return evenMs == 0 ? sizes.bytes() : even.bytes() * (ms / evenMs);
    }

    private static double slope(CollectiveLines lines) {
        return lines.allToAll().time().betaMs();
    }

    /** Of exchanges and computing. */
    public Contention contention() {
        return contention;
    }

    /** The best degrees of all pairs; none if they do not save 2 % of the time without. */
    public PipelineDegrees best() {
        PipelineDegrees best = DegreeSearch.best(forward, backward, contention);
        return ms(best) <= (1 - WORTHWHILE) * ms(PipelineDegrees.SERIAL) ? best : PipelineDegrees.SERIAL;
    }

    /** Predicted time of dispatch, experts and combine, both directions. */
    public double ms(PipelineDegrees degrees) {
        return forwardMs(degrees) + backwardMs(degrees);
    }

    /** Of forward. */
    public double forwardMs(PipelineDegrees degrees) {
        return PipelineTime.ms(forwardChunk(degrees), 0, contention);
    }

    /** Of backward. */
    public double backwardMs(PipelineDegrees degrees) {
        return PipelineTime.ms(backwardChunk(degrees), 0, contention);
    }

    /** One message's part of forward. */
    public ChunkTimes forwardChunk(PipelineDegrees degrees) {
        return forward.chunk(degrees.forward(), degrees.pieces());
    }

    /** One message's part of backward. */
    public ChunkTimes backwardChunk(PipelineDegrees degrees) {
        return backward.chunk(degrees.backward(), degrees.pieces());
    }
}
