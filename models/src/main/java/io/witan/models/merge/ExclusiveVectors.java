package io.witan.models.merge;

import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/** Exclusive vectors as {@link ExclusiveWriter} writes them, read back beside the shared model. Checkpoints stay the caller's, open and verified. */
final class ExclusiveVectors implements PieceSource {
    private final Checkpoint vectors;
    private final List<String> names;
    private final MemorySegment[] base;
    /** [tensors][models]. */
    private final Sparse[][] sparse;

    private final Piece piece;

    /** @throws CheckpointException if a mask is missing or has not a bit for each value of the shared model */
    ExclusiveVectors(Checkpoint shared, Checkpoint vectors, int models) {
        this.vectors = vectors;
        this.names = shared.parameterNames();
        this.base = new MemorySegment[names.size()];
        this.sparse = new Sparse[names.size()][models];
        this.piece = new Piece(models);
        for (int tensor = 0; tensor < base.length; tensor++) {
            String name = names.get(tensor);
            base[tensor] = shared.floats(name);
            for (int model = 0; model < models; model++) {
                String mask = ExclusiveWriter.maskName(model, name);
                vectors.requireParameter(mask, ExclusiveWriter.maskShape(count(tensor)));
                sparse[tensor][model] = new Sparse(
                        vectors.mapped(mask, Dtype.U8), vectors.floats(ExclusiveWriter.valuesName(model, name)));
            }
        }
    }

    private long count(int tensor) {
        return base[tensor].byteSize() / Float.BYTES;
    }

    /** Values of the shared model. */
    long count() {
        long count = 0;
        for (int tensor = 0; tensor < base.length; tensor++) {
            count += count(tensor);
        }
        return count;
    }

    @Override
    public Piece piece(int tensor, long from, int count) {
        try {
            piece.count = count;
            MemorySegment.copy(
                    base[tensor], ValueLayout.JAVA_FLOAT_UNALIGNED, from * Float.BYTES, piece.base, 0, count);
            for (int model = 0; model < piece.vectors.length; model++) {
                sparse[tensor][model].read(from, count, piece.vectors[model]);
            }
            return piece;
        } catch (InternalError e) {
            throw new MergeException(vectors.folder() + ": tensor " + names.get(tensor)
                    + " cannot be read: a file was shortened, or the disk failed");
        } catch (IndexOutOfBoundsException e) {
            throw new MergeException(
                    vectors.folder() + ": tensor " + names.get(tensor) + " has fewer values than its mask has bits");
        }
    }

    /** One tensor of one model. It is read from its first value to its last; to read it again costs a pass over its mask. */
    private static final class Sparse {
        private final MemorySegment mask;
        private final MemorySegment values;
        private long place;
        /** Values before the place. */
        private long rank;

        Sparse(MemorySegment mask, MemorySegment values) {
            this.mask = mask;
            this.values = values;
        }

        private boolean isMasked(long at) {
            return (mask.get(ValueLayout.JAVA_BYTE, at / Byte.SIZE) >>> at % Byte.SIZE & 1) == 1;
        }

        void read(long from, int count, float[] to) {
            if (from < place) {
                place = 0;
                rank = 0;
            }
            for (; place < from; place++) {
                rank += isMasked(place) ? 1 : 0;
            }
            Arrays.fill(to, 0, count, 0);
            for (int i = 0; i < count; i++, place++) {
                if (isMasked(place)) {
                    to[i] = values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, rank++ * Float.BYTES);
                }
            }
        }
    }
}
