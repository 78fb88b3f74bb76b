package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.engine.TokenTasks;
import io.witan.runtime.fssdp.FeedForwardLayout;
import io.witan.runtime.moe.AuxiliaryLosses;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.GateConfig.Priority;
import io.witan.runtime.moe.GateConfig.Score;
import io.witan.runtime.moe.GateConfig.Select;
import io.witan.runtime.moe.GateConfig.Source;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TaskRouting;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each gate against {@link ReferenceGate}: experts, weights, losses, and gradients by finite differences in double. */
class GateTest {
    private static final int D = 6;
    private static final int E = 8;
    private static final int SEQUENCE = 5;
    private static final long SEED = 11;
    static final long CONTEXT_STEP = 3;
    static final long FIRST_TOKEN = 100;
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 3e-5;
    private static final double AUX = 0.3;
    private static final double Z = 0.05;

    /** A gate and how many tokens come. */
    record Case(GateConfig gate, int topK, Weights weights, int tokens) {}

    static List<Case> cases() {
        List<GateConfig> gates = new ArrayList<>();
        for (Source source : Source.values()) {
            for (Score score : Score.values()) {
                gates.add(new GateConfig(source, score, Select.TOP_K, 0, Priority.POSITION, 1, 1, 0, 1, 4));
                gates.add(new GateConfig(source, score, Select.TOP_K, 0.6, Priority.POSITION, 1, 1, 0, 1, 4));
                gates.add(new GateConfig(source, score, Select.TOP_K, 1, Priority.SCORE, 4, 2, 0, 1, 4));
            }
        }
        List<Case> cases = new ArrayList<>();
        for (GateConfig gate : gates) {
            for (Weights weights : Weights.values()) {
                cases.add(new Case(gate, 2, weights, 13));
            }
        }
        for (Score score : Score.values()) {
            GateConfig biased =
                    new GateConfig(Source.LINEAR, score, Select.TOP_K, 0, Priority.POSITION, 4, 2, 0.01, 1, 0);
            cases.add(new Case(biased, 2, Weights.RENORMALISED, 13));
        }
        GateConfig limited =
                new GateConfig(Source.LINEAR, Score.SOFTMAX, Select.TOP_K, 0, Priority.POSITION, 2, 1, 0, 1, 0);
        cases.add(new Case(limited, 4, Weights.RENORMALISED, 13));
        GateConfig switched =
                new GateConfig(Source.LINEAR, Score.SOFTMAX, Select.TOP_K, 1.25, Priority.POSITION, 1, 1, 0, 1, 0);
        cases.add(new Case(switched, 1, Weights.PROBABILITY, 13));
        for (Score score : Score.values()) {
            GateConfig experts =
                    new GateConfig(Source.LINEAR, score, Select.EXPERT_CHOICE, 1, Priority.POSITION, 1, 1, 0, 1, 0);
            cases.add(new Case(experts, 2, Weights.PROBABILITY, 13));
            cases.add(new Case(experts, 2, Weights.PROBABILITY, 0));
        }
        for (Source source : Source.values()) {
            GateConfig all = new GateConfig(source, Score.SOFTMAX, Select.TOP_K, 0.5, Priority.SCORE, 1, 1, 0, 1, 0);
            cases.add(new Case(all, E, Weights.PROBABILITY, 3));
            cases.add(new Case(all, 2, Weights.RENORMALISED, 0));
        }
        cases.addAll(ofTasks());
        return cases;
    }

    /** Every way to go by tasks with every source of logits; of three tasks one has no token. */
    private static List<Case> ofTasks() {
        List<Case> cases = new ArrayList<>();
        for (TaskRouting.By by : EnumSet.complementOf(EnumSet.of(TaskRouting.By.NONE))) {
            TaskRouting task = new TaskRouting(by, 3, 4);
            for (Source source : Source.values()) {
                for (Score score : Score.values()) {
                    GateConfig gate =
                            new GateConfig(source, score, Select.TOP_K, 0, Priority.POSITION, 1, 1, 0, 1, 4, task);
                    cases.add(new Case(gate, 2, Weights.RENORMALISED, 4 * SEQUENCE));
                }
                GateConfig limited =
                        new GateConfig(source, Score.SOFTMAX, Select.TOP_K, 0.6, Priority.SCORE, 1, 1, 0, 1, 4, task);
                cases.add(new Case(limited, 2, Weights.PROBABILITY, 4 * SEQUENCE));
                cases.add(new Case(limited, 2, Weights.PROBABILITY, 0));
            }
            GateConfig experts = new GateConfig(
                    Source.LINEAR, Score.SIGMOID, Select.EXPERT_CHOICE, 1, Priority.POSITION, 1, 1, 0, 1, 0, task);
            cases.add(new Case(experts, 2, Weights.PROBABILITY, 4 * SEQUENCE));
            GateConfig biased = new GateConfig(
                    Source.LINEAR, Score.SOFTMAX, Select.TOP_K, 0, Priority.POSITION, 4, 2, 0.01, 1, 0, task);
            cases.add(new Case(biased, 2, Weights.RENORMALISED, 4 * SEQUENCE));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldAgreeWithItsFormula(Case given) {
        Problem problem = new Problem(given);
        Ranks.run(Topology.of(1), runtime -> {
            check(runtime, problem);
            return null;
        });
    }

    private static void check(RankRuntime runtime, Problem problem) {
        List<ParameterSpec> declared = new ArrayList<>(problem.specs);
        declared.addAll(new FeedForwardLayout(D, 4, Activation.GELU).declare("expert", 0, 0, 1, 1));
        try (TrainingState state = TrainingState.allocate(declared, new int[][] {{0}}, StateMemory::inPlace, runtime)) {
            problem.parameters.forEach(
                    (name, values) -> put(parameter(state, name).value(), values));
            GateParts.Given given = new GateParts.Given("router", state::parameter, SEQUENCE, SEED);
            Gate gate = GateParts.create(runtime.kernels(), problem.config, given);
            gate.restore(problem.given.gate().biasRate() > 0 ? problem.bias : new double[0]);
            int tokens = problem.given.tokens();
            StepContext context = new StepContext(CONTEXT_STEP, FIRST_TOKEN, tokens, Math.max(1, tokens), 0, 1)
                    .withTasks(problem.tasks());
            MemorySegment x = runtime.arena().floats((long) tokens * D);
            put(x, flat(problem.x));
            Routed routed = gate.route(x, tokens, Pass.TRAIN, context, runtime.arena());
            ReferenceGate.Result expected = problem.reference(true).route(problem.x);
            assertRouted(routed, expected, tokens);

            long[] load = load(expected);
            AuxiliaryLosses losses = routed.losses(load, context);
            double value = weighted(routed, problem) + AUX * losses.balance() + Z * losses.squaredLogSumExp();
            assertThat(value).isCloseTo(problem.objective(load), within(TOLERANCE));

            MemorySegment dWeight = runtime.arena().floats((long) tokens * routed.choices());
            put(dWeight, pulls(routed, problem));
            MemorySegment dx = routed.backward(dWeight, load, context);
            for (int t = 0; t < tokens; t++) {
                assertGradient("x of token " + t, dx, t * D, problem.x[t], problem, load);
            }
            problem.parameters.forEach((name, values) ->
                    assertGradient(name, parameter(state, name).gradient(), 0, values, problem, load));

            Routed calm = gate.route(x, tokens, Pass.EVALUATE, context, runtime.arena());
            assertRouted(calm, problem.reference(false).route(problem.x), tokens);
        }
    }

    private static Parameter parameter(TrainingState state, String name) {
        return state.parameter(name.equals("router") ? name : "router." + name);
    }

    private static void assertRouted(Routed routed, ReferenceGate.Result expected, int tokens) {
        int choices = routed.choices();
        for (int t = 0; t < tokens; t++) {
            List<ReferenceGate.Assigned> own = expected.assigned().get(t);
            for (int k = 0; k < choices; k++) {
                long at = (long) t * choices + k;
                boolean none = k >= own.size() || own.get(k).dropped();
                assertThat(routed.expert().getAtIndex(JAVA_INT, at))
                        .as("expert %d of token %d", k, t)
                        .isEqualTo(none ? E : own.get(k).expert());
                double weight = routed.weight().getAtIndex(JAVA_FLOAT, at);
                assertThat(weight)
                        .as("weight %d of token %d", k, t)
                        .isCloseTo(k < own.size() ? own.get(k).weight() : 0, within(1e-5));
                assertThat(routed.mayDrop() || !none).isTrue();
            }
            assertThat(choices).isGreaterThanOrEqualTo(own.size());
        }
    }

    private static long[] load(ReferenceGate.Result result) {
        long[] load = new long[E];
        result.assigned().forEach(own -> own.stream()
                .filter(assigned -> !assigned.dropped())
                .forEach(assigned -> load[assigned.expert()]++));
        return load;
    }

    /** Sum of weight x pull of what is not dropped. */
    private static double weighted(Routed routed, Problem problem) {
        double[] pulls = pulls(routed, problem);
        double sum = 0;
        for (int i = 0; i < pulls.length; i++) {
            sum += pulls[i] * routed.weight().getAtIndex(JAVA_FLOAT, i);
        }
        return sum;
    }

    private static double[] pulls(Routed routed, Problem problem) {
        double[] pulls = new double[problem.given.tokens() * routed.choices()];
        for (int i = 0; i < pulls.length; i++) {
            int expert = routed.expert().getAtIndex(JAVA_INT, i);
            pulls[i] = expert == E ? 0 : problem.pull[i / routed.choices()][expert];
        }
        return pulls;
    }

    private static void assertGradient(
            String what, MemorySegment actual, int from, double[] variable, Problem problem, long[] load) {
        for (int i = 0; i < variable.length; i++) {
            double kept = variable[i];
            variable[i] = kept + STEP;
            double above = problem.objective(load);
            variable[i] = kept - STEP;
            double below = problem.objective(load);
            variable[i] = kept;
            assertThat((double) actual.getAtIndex(JAVA_FLOAT, from + i))
                    .as("%s, element %d", what, i)
                    .isCloseTo((above - below) / (2 * STEP), within(TOLERANCE));
        }
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static void put(MemorySegment to, double[] values) {
        for (int i = 0; i < values.length; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) values[i]);
        }
    }

    /** Inputs that fp32 holds exactly. */
    private static final class Problem {
        final Case given;
        final MoeConfig config;
        final List<ParameterSpec> specs;
        final Map<String, double[]> parameters = new LinkedHashMap<>();
        final double[] bias;
        final double[][] x;
        final double[][] pull;

        Problem(Case given) {
            this.given = given;
            this.config = new MoeConfig(D, 4, E, given.topK(), Activation.GELU, given.weights(), AUX, Z, given.gate());
            this.specs = GateParts.declare(config, "router", 1);
            SplittableRandom random = new SplittableRandom(5);
            for (ParameterSpec spec : specs) {
                String name = spec.name().replaceFirst("router\\.", "");
                double[] values = new double[(int) spec.count()];
                Arrays.setAll(values, _ -> (float) random.nextDouble(-1, 1));
                parameters.put(name, values);
            }
            bias = new double[E];
            if (given.gate().biasRate() > 0) {
                Arrays.setAll(bias, _ -> random.nextDouble(-0.3, 0.3));
            }
            x = matrix(random, D);
            pull = matrix(random, E);
        }

        private double[][] matrix(SplittableRandom random, int cols) {
            double[][] values = new double[given.tokens()][cols];
            for (double[] row : values) {
                Arrays.setAll(row, _ -> (float) random.nextDouble(-1, 1));
            }
            return values;
        }

        /** Of sequences; none has task 1. */
        TokenTasks tasks() {
            int[] ofSequence = new int[given.tokens() / SEQUENCE];
            Arrays.setAll(ofSequence, sequence -> sequence % 3 == 1 ? 2 : 0);
            return given.gate().task().by() == TaskRouting.By.NONE
                    ? TokenTasks.NONE
                    : new TokenTasks(ofSequence, SEQUENCE);
        }

        ReferenceGate reference(boolean learns) {
            NormalNoise noise = learns ? new NormalNoise(SEED) : null;
            return new ReferenceGate(config, SEQUENCE, noise, parameters, bias, tasks());
        }

        /** @param load held constant: no gradient goes through the number of assignments */
        double objective(long[] load) {
            ReferenceGate.Result result = reference(true).route(x);
            double sum = 0;
            double balance = 0;
            double squares = 0;
            long assignments = Arrays.stream(load).sum();
            for (int t = 0; t < x.length; t++) {
                for (ReferenceGate.Assigned assigned : result.assigned().get(t)) {
                    sum += assigned.dropped() ? 0 : assigned.weight() * pull[t][assigned.expert()];
                }
                for (int e = 0; e < E; e++) {
                    balance += E * (double) load[e] / assignments * result.shares()[t][e] / x.length;
                }
                squares += result.logSumExp()[t] * result.logSumExp()[t] / x.length;
            }
            return sum + AUX * balance + Z * squares;
        }
    }
}
