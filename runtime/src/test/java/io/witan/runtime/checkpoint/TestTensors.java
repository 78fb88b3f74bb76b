package io.witan.runtime.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.random.RandomGenerator;

/** Small tensors and manifests for the tests of this package. */
final class TestTensors {
    private TestTensors() {}

    static NamedTensor f32(String name, float... values) {
        MemorySegment data = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values);
        return new NamedTensor(name, new long[] {values.length}, data);
    }

    static NamedTensor random(String name, long seed, long... shape) {
        long bytes = Dtype.F32.byteSize(shape);
        MemorySegment data = Arena.ofAuto().allocate(Math.max(bytes, 1), 8).asSlice(0, bytes);
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        for (long at = 0; at < bytes; at += 4) {
            data.set(ValueLayout.JAVA_FLOAT, at, (float) (random.nextInt(1000) + seed));
        }
        return new NamedTensor(name, shape, data);
    }

    static Manifest manifest(long step, List<FileRecord> files) {
        return new Manifest(
                Manifest.FORMAT_VERSION,
                step,
                2,
                "model-1",
                "tokenizer-1",
                "data-1",
                "model:\n  layers: 2\n",
                JsonNodeFactory.instance.objectNode().put("tokensSeen", step * 1000),
                files,
                "witan 0.1.0");
    }

    static float[] floats(MemorySegment data) {
        return data.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
}
