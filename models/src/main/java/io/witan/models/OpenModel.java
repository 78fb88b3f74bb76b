package io.witan.models;

import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.runtime.data.Batch;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.runtime.train.TrainingPhases;
import io.witan.scheduler.policy.PlacementPolicy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A family's data and model, opened on one rank.
 *
 * @param <B> form of the batches
 * @param <M> the model
 */
record OpenModel<B extends Batch<B>, M extends TrainableModel<B>>(
        ModelFamily<B, M> family, TrainingPhases<B> phases, ModelInstance<B, M> instance) {
    /** Data first: if a rank cannot use it, none takes memory for the model, and the place is closed. */
    static <B extends Batch<B>, M extends TrainableModel<B>> OpenModel<B, M> open(
            ModelFamily<B, M> family, ModelInstance.Place place, StateMemory.Factory memory) {
        RankRuntime runtime = place.open();
        AtomicReference<TrainingPhases<B>> phases = new AtomicReference<>();
        try {
            RankMessages.all(runtime, () -> {
                phases.set(family.phases());
                return "";
            });
        } catch (RuntimeException | Error e) {
            runtime.close();
            throw e;
        }
        return new OpenModel<>(family, phases.get(), new ModelInstance<>(family, runtime, place, memory));
    }

    /**
     * Its training.
     *
     * @param recipe with all numbers found
     * @param resumed state to go on from, null at the start of a run
     */
    TrainingLoop<B> loop(
            Recipe recipe,
            PlacementPolicy policy,
            EngineState resumed,
            TrainingLoop.Saving saving,
            TrainingObserver observer) {
        return new TrainingLoop<>(
                new TrainingLoop.Parts<>(
                        instance.runtime(),
                        instance.model(),
                        phases,
                        recipe.train(),
                        policy,
                        recipe.parallel().predictionWindow(),
                        instance.memory(),
                        recipe.parallel().gradients().windows()),
                resumed,
                saving,
                observer);
    }

    /** What the family tells of a complete run; all ranks together. */
    Optional<EndReport> report() {
        return family.report(instance.runtime(), instance.model());
    }
}
