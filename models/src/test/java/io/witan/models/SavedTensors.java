package io.witan.models;

import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointNames;
import io.witan.runtime.state.ParameterSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a run has saved. */
final class SavedTensors {
    private SavedTensors() {}

    /** The tensors of a recipe's model, by name. */
    static Map<String, ParameterSpec> specs(Recipe recipe) {
        Map<String, ParameterSpec> specs = new LinkedHashMap<>();
        GptMoeTensors.declare(recipe.model(), recipe.vocabularySize()).forEach(spec -> specs.put(spec.name(), spec));
        return specs;
    }

    static List<String> withMoments(String name) {
        return List.of(name, CheckpointNames.firstMoment(name), CheckpointNames.secondMoment(name));
    }

    /** Parameters and moments after a step, by name. */
    static Map<String, float[]> read(Path run, int step) {
        Path folder = RunStorage.checkpoints(run).resolve("step-%08d".formatted(step));
        Map<String, float[]> tensors = new HashMap<>();
        try (Checkpoint checkpoint = Checkpoint.openUnverified(folder);
                Arena arena = Arena.ofConfined()) {
            for (String name : checkpoint.tensorNames()) {
                long count = Arrays.stream(checkpoint.shape(name)).reduce(1, Math::multiplyExact);
                MemorySegment to = arena.allocate(count * Float.BYTES, Float.BYTES);
                checkpoint.read(name, to);
                tensors.put(name, to.toArray(ValueLayout.JAVA_FLOAT));
            }
        }
        return tensors;
    }
}
