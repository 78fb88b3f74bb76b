package io.witan.scheduler.simulate;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PolicySettings;
import java.util.Collections;

/**
 * Machines that a simulation runs on.
 *
 * @param speed of the links, effective
 * @param expertFlops operations a second that a rank reaches in experts
 * @param denseFlops the same in attention and what goes with it
 * @param startUpNs of each operation between ranks
 * @param fixedNs of an iteration: what no layer accounts for
 */
public record ClusterModel(
        Topology topology, LinkSpeed speed, double expertFlops, double denseFlops, long startUpNs, long fixedNs) {
    /** @throws IllegalArgumentException if a rate is not above 0 or a time below 0 */
    public ClusterModel {
        if (!(expertFlops > 0) || !(denseFlops > 0) || startUpNs < 0 || fixedNs < 0) {
            throw new IllegalArgumentException("cluster: rates must be above 0 and times 0 or more");
        }
    }

    /** The same machines with another number for what no layer accounts for. */
    public ClusterModel withFixed(long ns) {
        return new ClusterModel(topology, speed, expertFlops, denseFlops, startUpNs, ns);
    }

    /** What policies reckon with, for one micro-batch. */
    public LayerCost layerCost(ModelShape model) {
        return new LayerCost(
                model.expertBytes(),
                model.stateBytes(),
                model.assignmentBytes(),
                Math.round(model.assignmentFlops() / expertFlops * 1e12),
                attentionNs(model),
                startUpNs,
                speed);
    }

    /** Settings of policies on these machines: the cost of each layer, and the overlap degree that follows. */
    public PolicySettings policySettings(ModelShape model) {
        return PolicySettings.of(
                        topology,
                        Collections.nCopies(model.layers(), layerCost(model)),
                        model.assignmentsPerRank() * topology.rankCount())
                .withMicroBatches(model.microBatches());
    }

    long attentionNs(ModelShape model) {
        return Math.round(model.attentionFlops() / denseFlops * 1e9);
    }

    long expertNs(ModelShape model, long assignments) {
        return Math.round(assignments * model.assignmentFlops() / expertFlops * 1e9);
    }

    long intraNs(double bytes) {
        return Math.round(bytes / speed.intraNodeBytesPerSecond() * 1e9);
    }

    long interNs(double bytes) {
        return Math.round(bytes / speed.interNodeBytesPerSecond() * 1e9);
    }
}
