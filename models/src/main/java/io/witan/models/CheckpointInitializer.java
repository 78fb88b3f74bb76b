package io.witan.models;

import io.witan.models.family.ModelFamily;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
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
     *     shape: one line with file and tensor; or if ids mean other tokens in it
     */
    static CheckpointInitializer open(ModelFamily<?, ?> family, Path from) {
        Checkpoint checkpoint = Checkpoint.open(RunStorage.checkpoints(from));
        try {
            requireSameIds(family, checkpoint);
            for (ParameterSpec spec : family.declare(1)) {
                checkpoint.requireParameter(spec.name(), spec.shape());
            }
            return new CheckpointInitializer(checkpoint);
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    /** A text model's tokenizer stands in its recipe; other families make theirs of their data, and the same size may mean other words. */
    private static void requireSameIds(ModelFamily<?, ?> family, Checkpoint checkpoint) {
        String saved = checkpoint.manifest().tokenizerFingerprint();
        if (!(family instanceof GptFamily) && !family.tokenizerFingerprint().equals(saved)) {
            throw CheckpointException.otherRun(checkpoint.folder(), "tokenizer", family.tokenizerFingerprint(), saved);
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
