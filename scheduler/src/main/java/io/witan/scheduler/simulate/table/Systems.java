package io.witan.scheduler.simulate.table;

import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import io.witan.scheduler.predict.LoadPredictor;
import io.witan.scheduler.simulate.TrainingSystem;
import io.witan.scheduler.simulate.TrainingSystem.Copies;
import io.witan.scheduler.simulate.TrainingSystem.Gather;
import io.witan.scheduler.simulate.TrainingSystem.Hops;
import io.witan.scheduler.simulate.TrainingSystem.Reduce;

/** The published systems: policies that training has too, and when each system sends what. All broadcast as a library does. */
final class Systems {
    private Systems() {}

    static TrainingSystem expertParallel(PolicySettings settings) {
        return of("ep", NamedPolicy.EP.create(settings));
    }

    /** FasterMoE decides after the gate, and waits for parameters and for gradients. */
    static TrainingSystem shadow(PolicySettings settings) {
        return TrainingSystem.blocking("shadow", NamedPolicy.SHADOW.create(settings), 1);
    }

    static TrainingSystem exchange(PolicySettings settings) {
        return of("exchange", NamedPolicy.EXCHANGE.create(settings));
    }

    /** FlexMoE's replicas stay, with their optimizer's state; their gradients are summed when a layer's are there, while nothing computes. */
    static TrainingSystem replicate(PolicySettings settings) {
        return new TrainingSystem(
                "replicate",
                NamedPolicy.REPLICATE.create(settings),
                LoadPredictor.DEFAULT_WINDOW,
                Copies.RESIDENT,
                Gather.BESIDE_ATTENTION,
                Reduce.BLOCKING,
                Hops.RING,
                0);
    }

    static TrainingSystem materialising(String name, PlacementPolicy policy) {
        return of(name, policy);
    }

    /** What the layers of LAER-MoE's code do, whoever decides: slices of so many experts a rank, sent a layer ahead. */
    static TrainingSystem sharded(String name, PlacementPolicy policy, int slots) {
        return new TrainingSystem(
                name, policy, 1, Copies.SHARDED, Gather.FROM_PREVIOUS_LAYER, Reduce.BESIDE_BACKWARD, Hops.RING, slots);
    }

    /** Pro-Prophet sends parameters a block ahead, and gradients beside the blocks before. */
    static TrainingSystem proProphet(PlacementPolicy policy) {
        return new TrainingSystem(
                "pro-prophet",
                policy,
                1,
                Copies.MATERIALISED,
                Gather.FROM_PREVIOUS_LAYER,
                Reduce.BESIDE_BACKWARD,
                Hops.RING,
                0);
    }

    private static TrainingSystem of(String name, PlacementPolicy policy) {
        return TrainingSystem.overlapped(name, policy, LoadPredictor.DEFAULT_WINDOW)
                .over(Hops.RING);
    }
}
