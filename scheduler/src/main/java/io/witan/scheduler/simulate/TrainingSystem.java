package io.witan.scheduler.simulate;

import io.witan.scheduler.policy.PlacementPolicy;

/**
 * How a system trains: who decides placements, and when parameters and gradients move.
 *
 * @param policy decides, as in training
 * @param window steps whose mean load predicts the next
 * @param copies what a copy of an expert is
 * @param gather when copies are sent
 * @param reduce when their gradients are summed
 * @param hops over which links parameters and gradients go
 * @param slots experts that a rank holds of every layer where they are sharded, else 0
 */
public record TrainingSystem(
        String name,
        PlacementPolicy policy,
        int window,
        Copies copies,
        Gather gather,
        Reduce reduce,
        Hops hops,
        int slots) {
    /** What a copy of an expert is. */
    public enum Copies {
        /** Parameters, sent anew in every step; the owner has the optimizer's state. */
        MATERIALISED,
        /** A full replica with its optimizer's state, which stays until the placement changes. */
        RESIDENT,
        /** No expert has an owner: each rank has a slice of all, and restores those in its slots in forward and in backward. */
        SHARDED
    }

    /** When copies are sent. */
    public enum Gather {
        /** While the layer's own attention computes. */
        BESIDE_ATTENTION,
        /** From the start of the layer before on. */
        FROM_PREVIOUS_LAYER,
        /** Between layers, while nothing computes. */
        BLOCKING
    }

    /** Over which links parameters and gradients go. */
    public enum Hops {
        /** As Witan's planner says. */
        PLANNED,
        /** As a library's broadcast along a ring of nodes: each node takes a chunk in once and passes it on once. */
        RING
    }

    /** When gradients of copies are summed. */
    public enum Reduce {
        /** While the backward of layers before computes. */
        BESIDE_BACKWARD,
        /** Before the layer's attention goes backward. */
        BLOCKING
    }

    /** Copies beside attention and gradients beside backward: Hecate, and Witan. */
    public static TrainingSystem overlapped(String name, PlacementPolicy policy, int window) {
        return new TrainingSystem(
                name,
                policy,
                window,
                Copies.MATERIALISED,
                Gather.BESIDE_ATTENTION,
                Reduce.BESIDE_BACKWARD,
                Hops.PLANNED,
                0);
    }

    /** Copies and gradients while nothing computes: FasterMoE. */
    public static TrainingSystem blocking(String name, PlacementPolicy policy, int window) {
        return new TrainingSystem(
                name, policy, window, Copies.MATERIALISED, Gather.BLOCKING, Reduce.BLOCKING, Hops.RING, 0);
    }

    /** The same with other hops. */
    public TrainingSystem over(Hops other) {
        return new TrainingSystem(name, policy, window, copies, gather, reduce, other, slots);
    }
}
