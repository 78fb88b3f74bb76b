package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.Manifest;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.Batch;
import io.witan.runtime.engine.Compute;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.TrainingCheckpoint;
import java.nio.file.Path;

/**
 * A checkpoint of any family opened in one process, to be measured.
 *
 * @param <B> form of its batches
 * @param <M> the model
 */
public final class TrainedFamily<B extends Batch<B>, M extends TrainableModel<B>> implements AutoCloseable {
    private final ModelFamily<B, M> family;
    private final ModelInstance<B, M> instance;
    private final long step;

    private TrainedFamily(ModelFamily<B, M> family, ModelInstance<B, M> instance, long step) {
        this.family = family;
        this.instance = instance;
        this.step = step;
    }

    /**
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @param threads compute threads
     */
    public static TrainedFamily<?, ?> open(Path from, int threads) {
        Recipe recipe = Recipes.bind(TrainedModel.config(from));
        return open(Families.of(recipe), recipe, from, threads);
    }

    private static Manifest manifest(Path path) {
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            return checkpoint.manifest();
        }
    }

    /** @param recipe that the checkpoint was trained with */
    static <B extends Batch<B>, M extends TrainableModel<B>> TrainedFamily<B, M> open(
            ModelFamily<B, M> family, Recipe recipe, Path from, int threads) {
        Path path = RunStorage.checkpoints(from);
        Manifest manifest = manifest(path);
        ModelInstance<B, M> instance = new ModelInstance<>(family, alone(recipe, threads), StateMemory::inPlace);
        try {
            TrainingCheckpoint loader = new TrainingCheckpoint(
                    instance.runtime(),
                    new TrainingCheckpoint.Identity(
                            family.fingerprint(),
                            family.tokenizerFingerprint(),
                            manifest.dataFingerprint(),
                            manifest.config(),
                            Sharding.WHOLE,
                            manifest.createdBy()));
            EngineState engine = loader.load(path, instance.state(), instance.declared());
            engine.restoreGates(instance.model().moeLayers());
            instance.followOwners();
            return new TrainedFamily<>(family, instance, manifest.step());
        } catch (RuntimeException | Error e) {
            instance.close();
            throw e;
        }
    }

    private static ModelInstance.Place alone(Recipe recipe, int threads) {
        return new ModelInstance.Place(
                CommunicatorGroup.solo(),
                Compute.host(threads),
                0,
                Sharding.WHOLE,
                GptMoe.Ways.PLAIN.withExpertSharding(recipe.parallel().expertSharding()),
                0,
                recipe.train().seed(),
                Timeline.OFF);
    }

    /** Completed training steps. */
    public long step() {
        return step;
    }

    ModelInstance<B, M> instance() {
        return instance;
    }

    /**
     * Measures the model on the rows that its run held out.
     *
     * @throws ConfigException if the family reports nothing, or the run held no rows out
     */
    public EndReport report() {
        return family.report(instance.runtime(), instance.model())
                .orElseThrow(() -> new ConfigException("the run held out no rows to report on; name a file (--data)"));
    }

    /** As {@link ModelFamily#measure}. */
    public EndReport measure(RowsToMeasure rows) {
        return family.measure(instance.runtime(), instance.model(), rows);
    }

    @Override
    public void close() {
        instance.close();
    }
}
