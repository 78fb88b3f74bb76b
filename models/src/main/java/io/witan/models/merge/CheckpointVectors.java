package io.witan.models.merge;

import io.witan.runtime.checkpoint.Checkpoint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The parameters of checkpoints. All have the same ones, and stay the caller's, open and verified. */
final class CheckpointVectors implements TaskVectors, PieceSource {
    private final List<Checkpoint> models;
    private final List<Tensor> tensors;
    private final Piece piece;

    /**
     * A parameter.
     *
     * @param ofModels its fp32 values in each model
     */
    private record Tensor(String name, MemorySegment base, List<MemorySegment> ofModels) {
        long count() {
            return base.byteSize() / Float.BYTES;
        }
    }

    CheckpointVectors(Checkpoint base, List<Checkpoint> models, List<String> names) {
        this.models = models;
        this.tensors = new ArrayList<>();
        this.piece = new Piece(models.size());
        for (String name : names) {
            tensors.add(new Tensor(
                    name,
                    base.floats(name),
                    models.stream().map(model -> model.floats(name)).toList()));
        }
    }

    @Override
    public int models() {
        return models.size();
    }

    @Override
    public long count() {
        return tensors.stream().mapToLong(Tensor::count).sum();
    }

    /** Values of one tensor. */
    long count(int tensor) {
        return tensors.get(tensor).count();
    }

    @Override
    public void forEach(Consumer<Piece> visitor) {
        for (int tensor = 0; tensor < tensors.size(); tensor++) {
            long count = tensors.get(tensor).count();
            for (long from = 0; from < count; from += Piece.MOST) {
                visitor.accept(piece(tensor, from, (int) Math.min(Piece.MOST, count - from)));
            }
        }
    }

    @Override
    public Piece piece(int tensor, long from, int count) {
        try {
            return read(tensors.get(tensor), from, count);
        } catch (InternalError e) {
            throw new MergeException(
                    "tensor " + tensors.get(tensor).name + " cannot be read: a file was shortened, or the disk failed");
        }
    }

    private Piece read(Tensor of, long from, int count) {
        piece.count = count;
        MemorySegment.copy(of.base, ValueLayout.JAVA_FLOAT, from * Float.BYTES, piece.base, 0, count);
        for (int model = 0; model < models.size(); model++) {
            float[] vector = piece.vectors[model];
            MemorySegment.copy(of.ofModels.get(model), ValueLayout.JAVA_FLOAT, from * Float.BYTES, vector, 0, count);
            for (int i = 0; i < count; i++) {
                vector[i] -= piece.base[i];
                if (!Float.isFinite(vector[i])) {
                    throw new MergeException(models.get(model).folder() + ": tensor " + of.name + ", value "
                            + (from + i) + ": it or the base's is not finite");
                }
            }
        }
        return piece;
    }
}
