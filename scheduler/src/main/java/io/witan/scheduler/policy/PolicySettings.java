package io.witan.scheduler.policy;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.OverlapDegree;
import io.witan.scheduler.plan.Topology;
import java.util.List;

/**
 * All that policies are made from; the same on all ranks, and the same for training, plan and simulator.
 *
 * @param layers cost of each MoE layer, for one micro-batch
 * @param assignments token assignments of all ranks in one layer and micro-batch
 * @param microBatches of a step
 * @param overlapDegree t of each layer: experts whose gather hides behind its attention
 * @param memoryPool copies that fit on a rank over all layers, beside the experts it owns
 * @param reshardInterval steps from one look at the owners to the next; 0: owners stay
 */
public record PolicySettings(
        Topology topology,
        List<LayerCost> layers,
        long assignments,
        int microBatches,
        List<Integer> overlapDegree,
        int memoryPool,
        Planner planner,
        int reshardInterval,
        Calibration calibration,
        Retention retention) {
    /** How FSSDP chooses copies. */
    public enum Planner {
        /** Hecate's Algorithm 1. */
        ALGORITHM1,
        /** Candidates that the layer time model compares, Algorithm 1 among them. */
        SCORED
    }

    /** Whether FSSDP may add copies once the true loads of a layer are known. */
    public enum Calibration {
        OFF,
        ON
    }

    /** How long copies stay. */
    public enum Retention {
        /** From forward to backward. */
        KEEP,
        /** Freed after forward, gathered again for backward: the room of one layer's copies is enough. */
        RELEASE,
        /** Kept for the layers whose copies fit, the last ones first. */
        BY_MEMORY
    }

    /** @throws IllegalArgumentException if a number is out of range or there is not one cost and one degree for each layer */
    public PolicySettings {
        layers = List.copyOf(layers);
        overlapDegree = List.copyOf(overlapDegree);
        if (layers.isEmpty() || overlapDegree.size() != layers.size()) {
            throw new IllegalArgumentException("policy: costs of " + layers.size() + " layers, overlap degrees of "
                    + overlapDegree.size() + "; allowed 1 or more, and as many");
        }
        if (assignments < 0 || assignments > LayerTimeModel.MAX_ASSIGNMENTS || microBatches < 1) {
            throw new IllegalArgumentException("policy: " + assignments + " assignments a layer, " + microBatches
                    + " micro-batches a step; allowed 0.." + LayerTimeModel.MAX_ASSIGNMENTS + " and 1 or more");
        }
        if (memoryPool < 0 || reshardInterval < 0 || overlapDegree.stream().anyMatch(t -> t < 0)) {
            throw new IllegalArgumentException("policy: memory for " + memoryPool + " copies, overlap degrees "
                    + overlapDegree + ", re-sharding every " + reshardInterval + " steps; allowed 0 or more");
        }
        if ((long) memoryPool * topology.rankCount() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("policy: memory for " + memoryPool + " copies on each of "
                    + topology.rankCount() + " ranks; allowed 2^31-1 in all");
        }
    }

    /**
     * Algorithm 1 with the overlap degrees that the costs give, no memory for copies, copies kept, owners that stay, no
     * calibration.
     */
    public static PolicySettings of(Topology topology, List<LayerCost> layers, long assignments) {
        List<Integer> degrees = layers.stream()
                .map(cost -> OverlapDegree.of(
                        cost.attentionForwardNs(),
                        cost.speed().bottleneckBytesPerSecond(topology),
                        cost.expertBytes(),
                        Integer.MAX_VALUE))
                .toList();
        return new PolicySettings(
                topology, layers, assignments, 1, degrees, 0, Planner.ALGORITHM1, 0, Calibration.OFF, Retention.KEEP);
    }

    public PolicySettings withMicroBatches(int count) {
        return new PolicySettings(
                topology,
                layers,
                assignments,
                count,
                overlapDegree,
                memoryPool,
                planner,
                reshardInterval,
                calibration,
                retention);
    }

    /** The same t for all layers. */
    public PolicySettings withOverlapDegree(int t) {
        return new PolicySettings(
                topology,
                layers,
                assignments,
                microBatches,
                layers.stream().map(_ -> t).toList(),
                memoryPool,
                planner,
                reshardInterval,
                calibration,
                retention);
    }

    public PolicySettings withMemoryPool(int copies) {
        return new PolicySettings(
                topology,
                layers,
                assignments,
                microBatches,
                overlapDegree,
                copies,
                planner,
                reshardInterval,
                calibration,
                retention);
    }

    public PolicySettings withPlanner(Planner choice) {
        return new PolicySettings(
                topology,
                layers,
                assignments,
                microBatches,
                overlapDegree,
                memoryPool,
                choice,
                reshardInterval,
                calibration,
                retention);
    }

    public PolicySettings withReshardInterval(int steps) {
        return new PolicySettings(
                topology,
                layers,
                assignments,
                microBatches,
                overlapDegree,
                memoryPool,
                planner,
                steps,
                calibration,
                retention);
    }

    public PolicySettings withCalibration(Calibration choice) {
        return new PolicySettings(
                topology,
                layers,
                assignments,
                microBatches,
                overlapDegree,
                memoryPool,
                planner,
                reshardInterval,
                choice,
                retention);
    }

    public PolicySettings withRetention(Retention choice) {
        return new PolicySettings(
                topology,
                layers,
                assignments,
                microBatches,
                overlapDegree,
                memoryPool,
                planner,
                reshardInterval,
                calibration,
                choice);
    }

    /** The layer time model of each layer, for experts that are copied whole. */
    public List<LayerTimeModel> models() {
        return layers.stream()
                .map(cost -> LayerTimeModel.ofWholeExperts(topology, cost))
                .toList();
    }

    /** Whether owners are looked at after this step, from 1. */
    public boolean looksAtOwners(long step) {
        return reshardInterval > 0 && step % reshardInterval == 0;
    }

    /** Copies that fit on a rank in each layer if all layers get the same: floor(pool / L). */
    public int evenShare() {
        return memoryPool / layers.size();
    }
}
