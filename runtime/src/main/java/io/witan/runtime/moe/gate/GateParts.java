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
    private static final double COSINE_DEVIATION = 0.01;
    /** exp(ln 2): cosines are doubled at first. */
    private static final float FIRST_TEMPERATURE = 0.6931472f;

    private GateParts() {}

    /**
     * The tensors, in the order in which they are declared.
     *
     * @param name of the router's, and beginning of the others'
     * @param deviation of initial weights
     */
    public static List<ParameterSpec> declare(MoeConfig config, String name, double deviation) {
        int experts = config.experts();
        int width = config.width();
        int rows = config.gate().select() == GateConfig.Select.SOFT
                ? experts * config.gate().slots()
                : experts;
        ParameterSpec router = ParameterSpec.matrix(name, rows, width, deviation);
        return switch (config.gate().logits()) {
            case LINEAR -> List.of(router);
            case NOISY -> List.of(router, zeroes(name + ".noise", experts, width));
            case COSINE -> {
                int low = config.gate().cosineWidth(width);
                yield List.of(
                        ParameterSpec.matrix(name, experts, low, COSINE_DEVIATION),
                        ParameterSpec.matrix(name + ".projection", low, width, deviation),
                        ParameterSpec.vector(name + ".projection_bias", low, 0),
                        ParameterSpec.vector(name + ".temperature", 1, FIRST_TEMPERATURE));
            }
        };
    }

    private static ParameterSpec zeroes(String name, int rows, int cols) {
        return new ParameterSpec(name, new long[] {rows, cols}, new ParameterSpec.Init.Constant(0), true, -1, -1);
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

        private Parameter tensor(String last) {
            return parameter.apply(name + "." + last);
        }
    }

    /** A gate that chooses: any but SoftMoE's. */
    public static Gate create(Kernels kernels, MoeConfig config, Given given) {
        GateConfig gate = config.gate();
        if (gate.select() == GateConfig.Select.SOFT) {
            throw new IllegalArgumentException("SoftMoE does not choose: it is no gate alone");
        }
        Logits logits =
                switch (gate.logits()) {
                    case LINEAR -> new LinearLogits(kernels.linear(), given.router());
                    case NOISY ->
                        new NoisyLogits(
                                kernels.linear(), given.router(), given.tensor("noise"), new NormalNoise(given.seed));
                    case COSINE ->
                        new CosineLogits(
                                kernels,
                                new CosineLogits.Parameters(
                                        given.tensor("projection"),
                                        given.tensor("projection_bias"),
                                        given.router(),
                                        given.tensor("temperature")));
                };
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
