package io.witan.models;

import io.witan.models.family.ModelFamily;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.state.Initializer;
import io.witan.runtime.state.ParameterSpec;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** Starting values from the parameters of a checkpoint, of which nothing else counts: neither its steps nor its moments. */
final class CheckpointInitializer implements Initializer, AutoCloseable {
    private final Checkpoint checkpoint;

    private CheckpointInitializer(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    /**
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @throws io.witan.runtime.checkpoint.CheckpointException if it is none, or lacks a tensor of the family's model or has it in another
     *     shape: one line with file and tensor
     */
    static CheckpointInitializer open(ModelFamily<?, ?> family, Path from) {
        Checkpoint checkpoint = Checkpoint.open(RunStorage.checkpoints(from));
        try {
            for (ParameterSpec spec : family.declare(1)) {
                checkpoint.requireParameter(spec.name(), spec.shape());
            }
            return new CheckpointInitializer(checkpoint);
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    @Override
    public void fill(ParameterSpec spec, MemorySegment to) {
        checkpoint.verifyFilesOf(List.of(spec.name()));
        checkpoint.read(spec.name(), to);
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
