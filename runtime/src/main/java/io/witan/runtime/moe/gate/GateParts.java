package io.witan.runtime.moe.gate;

import io.witan.kernels.Kernels;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;

/** The tensors of a configured gate, and the gate made of them. */
public final class GateParts {
    private GateParts() {}

    /**
     * The tensors, in the order in which they are declared.
     *
     * @param name of the router's, and beginning of the others'
     * @param deviation of initial weights
     */
    public static List<ParameterSpec> declare(MoeConfig config, String name, double deviation) {
        return LogitParts.declare(config, name, deviation);
    }

    /**
     * What a gate of a layer is given.
     *
     * @param name as for {@link #declare}
     * @param parameter a declared tensor by name
     * @param sequence tokens of a sequence, of which capacity is a share
     * @param seed of the run and layer, for noise
     */
    public record Given(String name, Function<String, Parameter> parameter, int sequence, long seed) {
        /** The first of the tensors. */
        public Parameter router() {
            return parameter.apply(name);
        }

        Parameter tensor(String last) {
            return parameter.apply(name + "." + last);
        }

        /** The same of a task that has tensors of its own. */
        Given ofTask(int task) {
            return new Given(LogitParts.ofTask(name, task), parameter, sequence, seed);
        }
    }

    /** A gate that chooses: any but SoftMoE's. */
    public static Gate create(Kernels kernels, MoeConfig config, Given given) {
        GateConfig gate = config.gate();
        if (gate.select() == GateConfig.Select.SOFT) {
            throw new IllegalArgumentException("SoftMoE does not choose: it is no gate alone");
        }
        Logits logits = new LogitParts(kernels, config, given).create();
        Scores scores =
                switch (gate.score()) {
                    case SOFTMAX -> new SoftmaxScores(kernels.gate(), config.weights());
                    case SIGMOID -> new SigmoidScores(config.weights());
                };
        Optional<LoadBias> bias =
                gate.biasRate() > 0 ? Optional.of(new LoadBias(gate.biasRate(), config.experts())) : Optional.empty();
        return new LearnedGate(
                config, logits, scores, selection(gate, given.sequence, bias), capacity(gate, given.sequence), bias);
    }

    /**
     * The gate that chooses the experts of largest softmax, and drops nothing.
     *
     * @throws IllegalArgumentException if another one is configured
     */
    public static Gate plain(Kernels kernels, MoeConfig config, Parameter router) {
        if (!config.gate().equals(GateConfig.PLAIN)) {
            throw new IllegalArgumentException("plain gate: configured is " + config.gate());
        }
        return create(kernels, config, new Given(router.spec().name(), _ -> router, Integer.MAX_VALUE, 0));
    }

    private static Optional<Selection> selection(GateConfig gate, int sequence, Optional<LoadBias> bias) {
        if (gate.select() == GateConfig.Select.EXPERT_CHOICE) {
            return Optional.of(new ExpertChoice(gate.capacityFactor(), sequence));
        }
        return gate.groupLimit() == gate.groups() && bias.isEmpty()
                ? Optional.empty()
                : Optional.of(new GroupedTopK(
                        gate.groups(),
                        gate.groupLimit(),
                        bias.<IntToDoubleFunction>map(b -> b).orElse(_ -> 0)));
    }

    private static Optional<Capacity> capacity(GateConfig gate, int sequence) {
        boolean drops = gate.capacityFactor() > 0 && gate.select() == GateConfig.Select.TOP_K;
        return drops ? Optional.of(new Capacity(gate.capacityFactor(), gate.priority(), sequence)) : Optional.empty();
    }
}
