package io.witan.models.merge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.checkpoint.Dtype;
import io.witan.runtime.checkpoint.FileRecord;
import io.witan.runtime.checkpoint.Manifest;
import io.witan.runtime.checkpoint.Staging;
import io.witan.runtime.checkpoint.StreamedTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the exclusive vectors of models: of each difference from the shared model the values of largest magnitude, over all tensors together; those
 * as large as the last of them are written too, zeros never. One file a model; of each tensor a mask, a bit a value with the first in the lowest bit,
 * and the values that are masked.
 */
final class ExclusiveWriter {
    /** Folder beside the checkpoints of the shared model. */
    static final String FOLDER = "exclusive";

    static final String TASKS = "tasks";
    static final String SHARED = "shared";

    private final Checkpoint shared;
    private final List<String> names;
    private final double keep;

    /** @param keep share of a difference, above 0 and at most 1 */
    ExclusiveWriter(Checkpoint shared, double keep) {
        KthLargest.requireShare(keep);
        this.shared = shared;
        this.names = shared.parameterNames();
        this.keep = keep;
    }

    static String maskName(int model, String tensor) {
        return prefix(model) + tensor + ".mask";
    }

    static String valuesName(int model, String tensor) {
        return prefix(model) + tensor + ".values";
    }

    private static String prefix(int model) {
        return FOLDER + "." + (model + 1) + ".";
    }

    static long[] maskShape(long values) {
        return new long[] {Math.ceilDiv(values, Byte.SIZE)};
    }

    /** Names the files of a shared model: by it vectors and model are found to belong together. */
    static String identity(List<FileRecord> files) {
        return files.stream()
                .map(file -> file.name() + " " + file.sha256())
                .sorted()
                .toList()
                .toString();
    }

    /**
     * @param to folder to make
     * @param files of the shared model as it was written beside them
     * @return values of each model that were written
     */
    long[] write(Path to, List<Checkpoint> models, List<FileRecord> files, String createdBy) {
        CheckpointStore store = new CheckpointStore(to);
        store.prepare(0);
        Staging staging = store.stage(0);
        List<FileRecord> written = new ArrayList<>();
        long[] kept = new long[models.size()];
        for (int model = 0; model < kept.length; model++) {
            Difference of = new Difference(new CheckpointVectors(shared, List.of(models.get(model)), names));
            kept[model] = Arrays.stream(of.kept).sum();
            written.add(staging.stream(FOLDER + "-" + (model + 1) + ".safetensors", of.tensors(model)));
        }
        ObjectNode engine = JsonNodeFactory.instance.objectNode();
        engine.put(TASKS, kept.length).put(SHARED, identity(files));
        Manifest of = shared.manifest();
        store.publish(new Manifest(
                Manifest.FORMAT_VERSION,
                0,
                1,
                of.modelFingerprint(),
                of.tokenizerFingerprint(),
                of.dataFingerprint(),
                of.config(),
                engine,
                written,
                createdBy));
        return kept;
    }

    /** One model's. */
    private final class Difference {
        private final CheckpointVectors vector;
        private final float least;
        /** Values of each tensor that stay. */
        private final long[] kept;

        Difference(CheckpointVectors vector) {
            this.vector = vector;
            this.least = Magnitudes.largest(vector, KthLargest.places(keep, vector))[0];
            this.kept = new long[names.size()];
            for (int tensor = 0; tensor < kept.length; tensor++) {
                long size = vector.count(tensor);
                for (long from = 0; from < size; from += Piece.MOST) {
                    Piece piece = vector.piece(tensor, from, (int) Math.min(Piece.MOST, size - from));
                    for (int i = 0; i < piece.count; i++) {
                        kept[tensor] += stays(piece, i) ? 1 : 0;
                    }
                }
            }
        }

        private boolean stays(Piece piece, int at) {
            float value = piece.vectors[0][at];
            return value != 0 && Math.abs(value) >= least;
        }

        List<StreamedTensor> tensors(int model) {
            List<StreamedTensor> tensors = new ArrayList<>();
            for (int tensor = 0; tensor < kept.length; tensor++) {
                String name = names.get(tensor);
                long[] mask = maskShape(vector.count(tensor));
                tensors.add(new StreamedTensor(maskName(model, name), Dtype.U8, mask, new Mask(tensor)));
                tensors.add(new StreamedTensor(
                        valuesName(model, name), Dtype.F32, new long[] {kept[tensor]}, new Values(tensor)));
            }
            return tensors;
        }

        private final class Mask implements StreamedTensor.Content {
            private final int tensor;

            Mask(int tensor) {
                this.tensor = tensor;
            }

            @Override
            public long byteSize() {
                return maskShape(vector.count(tensor))[0];
            }

            @Override
            public void copy(long from, byte[] to, int length) {
                Arrays.fill(to, 0, length, (byte) 0);
                long end = Math.min(vector.count(tensor), (from + length) * Byte.SIZE);
                int at = 0;
                for (long place = from * Byte.SIZE; place < end; place += Piece.MOST) {
                    Piece piece = vector.piece(tensor, place, (int) Math.min(Piece.MOST, end - place));
                    for (int i = 0; i < piece.count; i++, at++) {
                        to[at / Byte.SIZE] |= (byte) ((stays(piece, i) ? 1 : 0) << at % Byte.SIZE);
                    }
                }
            }
        }

        private final class Values implements StreamedTensor.Content {
            private final int tensor;
            /** The first that was not looked at, as bytes are asked for from the first to the last. */
            private long place;

            Values(int tensor) {
                this.tensor = tensor;
            }

            @Override
            public long byteSize() {
                return kept[tensor] * Float.BYTES;
            }

            @Override
            public void copy(long from, byte[] to, int length) {
                ByteBuffer bytes = ByteBuffer.wrap(to, 0, length).order(ByteOrder.LITTLE_ENDIAN);
                while (bytes.hasRemaining()) {
                    int count = (int) Math.min(Piece.MOST, vector.count(tensor) - place);
                    Piece piece = vector.piece(tensor, place, count);
                    int i = 0;
                    for (; i < count && bytes.hasRemaining(); i++) {
                        if (stays(piece, i)) {
                            bytes.putFloat(piece.vectors[0][i]);
                        }
                    }
                    place += i;
                }
            }
        }
    }
}
