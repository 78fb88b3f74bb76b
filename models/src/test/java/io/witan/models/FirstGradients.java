package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointNames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** Gradients of two runs that were saved after one step without clipping: the first moment is then the gradient times (1 - beta1). */
final class FirstGradients {
    private static final double DISTANCE = 1e-5;

    private FirstGradients() {}

    /**
     * @param actual folder of a run
     * @param expected likewise
     * @param chosen by name, of the tensors of {@code expected}
     * @return names of the first moments that were compared
     */
    static List<String> assertSame(Path actual, Path expected, Predicate<String> chosen) {
        try (Checkpoint reference = Checkpoint.openUnverified(RunStorage.checkpoints(expected));
                Checkpoint other = Checkpoint.openUnverified(RunStorage.checkpoints(actual));
                Arena arena = Arena.ofConfined()) {
            List<String> moments = reference.tensorNames().stream()
                    .filter(name -> name.startsWith(CheckpointNames.firstMoment("")))
                    .filter(chosen)
                    .toList();
            for (String name : moments) {
                double distance = relativeDistance(read(other, name, arena), read(reference, name, arena));
                assertThat(distance).as(name).isLessThan(DISTANCE);
            }
            return moments;
        }
    }

    private static float[] read(Checkpoint checkpoint, String name, Arena arena) {
        long count = Arrays.stream(checkpoint.shape(name)).reduce(1, Math::multiplyExact);
        MemorySegment to = arena.allocate(count * Float.BYTES, Float.BYTES);
        checkpoint.read(name, to);
        return to.toArray(ValueLayout.JAVA_FLOAT);
    }

    private static double relativeDistance(float[] actual, float[] expected) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(actual[i] - expected[i], 2);
            size += Math.pow(expected[i], 2);
        }
        return size == 0 ? Math.sqrt(difference) : Math.sqrt(difference / size);
    }
}
