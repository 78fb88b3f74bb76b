package io.witan.runtime.train;

import io.witan.runtime.data.Batch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.state.ParameterSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * The phases of a run, one behind the other. The step says which one it is in, so a run goes on in the middle of a phase
 * as anywhere else. Immutable.
 *
 * <p>A tensor that a phase begins to train, after one in which it was frozen, starts anew: moments at zero and the bias
 * correction at its first update. One that goes on being trained keeps both.
 *
 * @param <B> form of the batches
 */
public final class TrainingPhases<B extends Batch<B>> {
    private final List<Part<B>> parts;

    /**
     * A phase and its data.
     *
     * @param data its steps count from the phase's first, from 0; validation in the phase goes by it
     */
    public record Part<B extends Batch<B>>(TrainingPhase phase, TrainingData<B> data) {}

    /** @throws IllegalArgumentException if there is none, or two have the same name */
    public TrainingPhases(List<Part<B>> parts) {
        this.parts = List.copyOf(parts);
        long names = parts.stream().map(part -> part.phase.name()).distinct().count();
        if (parts.isEmpty() || names < parts.size()) {
            throw new IllegalArgumentException("a run has at least one phase, each with a name of its own, got "
                    + parts.stream().map(part -> part.phase.name()).toList());
        }
    }

    /** A run without phases: one in which everything is trained. */
    public static <B extends Batch<B>> TrainingPhases<B> single(TrainConfig config, TrainingData<B> data) {
        return new TrainingPhases<>(
                List.of(new Part<>(new TrainingPhase("train", config.steps(), config.learningRate()), data)));
    }

    public List<Part<B>> parts() {
        return parts;
    }

    /** Steps of all phases. */
    public long steps() {
        return parts.stream().mapToLong(part -> part.phase.steps()).sum();
    }

    /**
     * The phase of a step.
     *
     * @param step from 1
     * @throws IllegalArgumentException if no phase has it
     */
    public PhasePlace of(long step) {
        long first = 1;
        for (int number = 0; step >= 1 && number < parts.size(); number++) {
            PhasePlace place = new PhasePlace(parts.get(number).phase, number, parts.size(), first);
            if (step <= place.lastStep()) {
                return place;
            }
            first = place.lastStep() + 1;
        }
        throw new IllegalArgumentException("step " + step + " of " + steps());
    }

    public TrainingData<B> data(PhasePlace place) {
        return parts.get(place.number()).data;
    }

    /** Number of the phase since which a tensor has been trained without a break; -1 if it is frozen in this one. */
    int trainedSince(int number, ParameterSpec spec) {
        int since = number + 1;
        while (since > 0 && parts.get(since - 1).phase.trained().test(spec)) {
            since--;
        }
        return since > number ? -1 : since;
    }

    /**
     * Equal if and only if a run may go on with these: names the data and, of several phases, where each begins and what it trains.
     *
     * @param declared every tensor of the model
     */
    public String fingerprint(List<ParameterSpec> declared) {
        if (parts.size() == 1) {
            return parts.getFirst().data.fingerprint();
        }
        StringBuilder text = new StringBuilder("phases");
        long first = 1;
        for (Part<B> part : parts) {
            text.append("; ").append(part.phase.name()).append(" from step ").append(first);
            text.append(" trains ").append(trained(part.phase, declared));
            text.append(": ").append(part.data.fingerprint());
            first += part.phase.steps();
        }
        return text.toString();
    }

    /** A checksum of the names of the tensors that a phase trains. */
    private static String trained(TrainingPhase phase, List<ParameterSpec> declared) {
        CRC32C checksum = new CRC32C();
        declared.stream()
                .filter(phase.trained())
                .map(spec -> spec.name() + "\n")
                .sorted()
                .forEach(name -> checksum.update(name.getBytes(StandardCharsets.UTF_8)));
        return String.format("%08x", checksum.getValue());
    }

    /** One line for the log. */
    public String describe() {
        if (parts.size() == 1) {
            return parts.getFirst().data.describe();
        }
        return parts.stream()
                .map(part -> part.phase.name() + ", " + part.phase.steps() + " steps: " + part.data.describe())
                .collect(Collectors.joining("; "));
    }
}
