package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.FeedForwardLayout;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** sigmoid(x g) times {@link ReferenceShared}: value, and gradients by finite differences. */
class GatedSharedExpertTest {
    private static final int D = 6;
    private static final int F = 5;
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 2e-5;
    /** What is there before results are added to it. */
    private static final float BEFORE = 0.5f;

    private static MoeConfig config(Activation activation, int shared) {
        return new MoeConfig(D, F, 1, 1, activation, Weights.PROBABILITY, 0, 0, GateConfig.PLAIN, shared)
                .withSharedGate();
    }

    @ParameterizedTest
    @CsvSource({"GELU, 1, 7", "SWIGLU, 1, 9", "SWIGLU, 3, 7", "SWIGLU, 2, 1", "SWIGLU, 2, 0"})
    void shouldWeightEachTokenByItsGate(Activation activation, int experts, int tokens) {
        Problem problem = new Problem(config(activation, experts), tokens);
        Ranks.run(Topology.of(1), runtime -> {
            check(runtime, problem);
            return null;
        });
    }

    @Test
    void shouldRefuseAGateOfNothing() {
        assertThatThrownBy(() -> config(Activation.GELU, 0))
                .hasMessage("model.shared_gate needs model.shared_experts above 0");
    }

    private static void check(RankRuntime runtime, Problem problem) {
        List<ParameterSpec> specs = SharedFeedForward.declare(problem.config, "shared", 1, 1);
        assertThat(specs.getLast().name()).isEqualTo("shared.gate");
        assertThat(specs.getLast().shape()).containsExactly(1, D);
        List<ParameterSpec> declared = new ArrayList<>(specs);
        declared.addAll(new FeedForwardLayout(D, F, problem.config.activation()).declare("expert", 0, 0, 1, 1));
        try (TrainingState state = TrainingState.allocate(declared, new int[][] {{0}}, StateMemory::inPlace, runtime)) {
            int from = 0;
            for (ParameterSpec spec : specs) {
                int count = (int) spec.count();
                put(
                        state.parameter(spec.name()).value(),
                        spec == specs.getLast()
                                ? problem.gate
                                : Arrays.copyOfRange(problem.matrices, from, from + count));
                from += count;
                put(state.parameter(spec.name()).gradient(), before(count));
            }
            SharedExpert shared = LayerParts.shared(runtime, problem.config, "shared", state::parameter);
            assertThat(shared.matrices()).hasSize(specs.size());
            checkLayer(shared, problem, runtime.arena());
            from = 0;
            for (ParameterSpec spec : specs) {
                MemorySegment gradient = state.parameter(spec.name()).gradient();
                boolean last = spec == specs.getLast();
                problem.assertGradient(
                        spec.name(), gradient, last ? problem.gate : problem.matrices, last ? 0 : from, (int)
                                spec.count());
                from += (int) spec.count();
            }
        }
    }

    private static void checkLayer(SharedExpert shared, Problem problem, StepArena arena) {
        int tokens = problem.x.length;
        MemorySegment x = put(arena.floats((long) tokens * D), flat(problem.x));
        SharedExpert.Computed computed = null;
        for (Pass pass : List.of(Pass.EVALUATE, Pass.TRAIN)) {
            MemorySegment out = put(arena.floats((long) tokens * D), before(tokens * D));
            StepArena.Mark mark = arena.mark();
            computed = shared.forward(x, out, tokens, pass, arena);
            assertThat(arena.mark().kernels() - mark.kernels())
                    .isEqualTo(pass == Pass.EVALUATE ? 0 : kept(problem.config, tokens));
            for (int t = 0; t < tokens; t++) {
                double[] expected = problem.output(t);
                for (int i = 0; i < D; i++) {
                    assertThat((double) out.getAtIndex(JAVA_FLOAT, (long) t * D + i))
                            .as("%s, token %d, element %d", pass, t, i)
                            .isCloseTo(BEFORE + expected[i], within(TOLERANCE));
                }
            }
        }
        MemorySegment pull = put(arena.floats((long) tokens * D), flat(problem.pull));
        MemorySegment dx = put(arena.floats((long) tokens * D), before(tokens * D));
        StepArena.Mark mark = arena.mark();
        computed.backward(pull, dx, arena);
        assertThat(arena.mark()).isEqualTo(mark);
        for (int t = 0; t < tokens; t++) {
            problem.assertGradient("x of token " + t, dx.asSlice((long) t * D * Float.BYTES), problem.x[t], 0, D);
        }
    }

    /** What the plain ones keep, what they say, and logit, weight and row of each token. */
    private static long kept(MoeConfig config, long tokens) {
        return config.activation().matrices() * StepArena.segmentBytes(tokens * config.sharedHidden() * Float.BYTES)
                + StepArena.segmentBytes(tokens * D * Float.BYTES)
                + 3 * StepArena.segmentBytes(tokens * Float.BYTES);
    }

    private static double[] before(int count) {
        double[] values = new double[count];
        Arrays.fill(values, BEFORE);
        return values;
    }

    private static MemorySegment put(MemorySegment to, double[] values) {
        for (int i = 0; i < values.length; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) values[i]);
        }
        return to;
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    /** Inputs that fp32 holds exactly. */
    private static final class Problem {
        final MoeConfig config;
        final ReferenceShared reference;
        final double[] matrices;
        final double[] gate;
        final double[][] x;
        final double[][] pull;

        Problem(MoeConfig config, int tokens) {
            this.config = config;
            this.reference = new ReferenceShared(config);
            SplittableRandom random = new SplittableRandom(9);
            matrices = values(random, ReferenceShared.count(config));
            gate = values(random, D);
            x = new double[tokens][];
            Arrays.setAll(x, _ -> values(random, D));
            pull = new double[tokens][];
            Arrays.setAll(pull, _ -> values(random, D));
        }

        private static double[] values(SplittableRandom random, int count) {
            double[] values = new double[count];
            Arrays.setAll(values, _ -> (float) random.nextDouble(-1, 1));
            return values;
        }

        double[] output(int t) {
            double logit = 0;
            for (int i = 0; i < D; i++) {
                logit += gate[i] * x[t][i];
            }
            double[] y = reference.output(x[t], matrices);
            for (int i = 0; i < D; i++) {
                y[i] /= 1 + Math.exp(-logit);
            }
            return y;
        }

        private double objective() {
            double sum = 0;
            for (int t = 0; t < x.length; t++) {
                double[] y = output(t);
                for (int i = 0; i < D; i++) {
                    sum += y[i] * pull[t][i];
                }
            }
            return sum;
        }

        void assertGradient(String what, MemorySegment actual, double[] variable, int from, int count) {
            for (int i = 0; i < count; i++) {
                double kept = variable[from + i];
                variable[from + i] = kept + STEP;
                double above = objective();
                variable[from + i] = kept - STEP;
                double below = objective();
                variable[from + i] = kept;
                assertThat((double) actual.getAtIndex(JAVA_FLOAT, i))
                        .as("%s, element %d", what, i)
                        .isCloseTo(BEFORE + (above - below) / (2 * STEP), within(TOLERANCE));
            }
        }
    }
}
