package io.witan.runtime.train;

import io.witan.runtime.state.ParameterSpec;
import java.util.function.Predicate;

/**
 * A stretch of a run with its own learning rate and its own set of trained tensors.
 *
 * @param name for people and metrics, unique in its run
 * @param steps optimizer steps, at least 1
 * @param rate by steps of the phase, from 1
 * @param trained what is trained; tensors of one expert all or none. The others keep every bit
 */
public record TrainingPhase(String name, int steps, LearningRate rate, Predicate<ParameterSpec> trained) {
    public TrainingPhase {
        if (name.isBlank() || steps < 1) {
            throw new IllegalArgumentException("phase \"" + name + "\" of " + steps + " steps");
        }
    }

    /** A phase in which everything is trained. */
    public TrainingPhase(String name, int steps, LearningRate rate) {
        this(name, steps, rate, _ -> true);
    }
}
