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
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One FFN against {@link ReferenceShared}, which has one for each shared expert: value, and gradients by finite differences. */
class SharedFeedForwardTest {
    private static final int D = 6;
    private static final int F = 5;
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 2e-5;
    /** What is there before results are added to it. */
    private static final float BEFORE = 0.5f;

    @ParameterizedTest
    @CsvSource({"GELU, 1, 7", "GELU, 3, 9", "GELU, 2, 0", "SWIGLU, 1, 9", "SWIGLU, 3, 7", "SWIGLU, 2, 1", "SWIGLU, 2, 0"
    })
    void shouldAgreeWithOneNetworkForEachExpert(Activation activation, int experts, int tokens) {
        Problem problem = new Problem(config(activation, experts), tokens);
        Ranks.run(Topology.of(1), runtime -> {
            check(runtime, problem);
            return null;
        });
    }

    private static MoeConfig config(Activation activation, int shared) {
        return new MoeConfig(D, F, 1, 1, activation, Weights.PROBABILITY, 0, 0, GateConfig.PLAIN, shared);
    }

    private static void check(RankRuntime runtime, Problem problem) {
        List<ParameterSpec> specs = SharedFeedForward.declare(problem.config, "shared", 1, 1);
        assertThat(specs).noneMatch(ParameterSpec::isExpert).allMatch(ParameterSpec::decayed);
        List<ParameterSpec> declared = new ArrayList<>(specs);
        declared.addAll(new FeedForwardLayout(D, F, problem.config.activation()).declare("expert", 0, 0, 1, 1));
        try (TrainingState state = TrainingState.allocate(declared, new int[][] {{0}}, StateMemory::inPlace, runtime)) {
            int from = 0;
            for (ParameterSpec spec : specs) {
                put(state.parameter(spec.name()).value(), problem.matrices, from);
                from += (int) spec.count();
                before(state.parameter(spec.name()).gradient());
            }
            assertThat(from).isEqualTo(problem.matrices.length);
            SharedFeedForward shared =
                    new SharedFeedForward(runtime.kernels(), problem.config, "shared", state::parameter);
            checkValue(shared, problem, runtime.arena());
            checkGradients(shared, problem, runtime.arena());
            int at = 0;
            for (ParameterSpec spec : specs) {
                assertGradient(
                        spec.name(), state.parameter(spec.name()).gradient(), problem, problem.matrices, at, (int)
                                spec.count());
                at += (int) spec.count();
            }
        }
    }

    private static void checkValue(SharedFeedForward shared, Problem problem, StepArena arena) {
        int tokens = problem.x.length;
        MemorySegment x = problem.x(arena);
        float[] trained = null;
        for (Pass pass : Pass.values()) {
            MemorySegment out = before(arena.floats((long) tokens * D));
            StepArena.Mark mark = arena.mark();
            SharedExpert.Computed computed = shared.forward(x, out, tokens, pass, arena);
            long kept = problem.config.activation().matrices()
                    * StepArena.segmentBytes((long) tokens * problem.config.sharedHidden() * Float.BYTES);
            assertThat(arena.mark().kernels() - mark.kernels()).isEqualTo(pass == Pass.EVALUATE ? 0 : kept);
            assertThat(computed == null).isEqualTo(pass == Pass.EVALUATE);
            for (int t = 0; t < tokens; t++) {
                double[] expected = problem.reference.output(problem.x[t], problem.matrices);
                for (int i = 0; i < D; i++) {
                    assertThat((double) out.getAtIndex(JAVA_FLOAT, (long) t * D + i))
                            .as("%s, token %d, element %d", pass, t, i)
                            .isCloseTo(BEFORE + expected[i], within(TOLERANCE));
                }
            }
            if (pass == Pass.TRAIN) {
                trained = out.toArray(JAVA_FLOAT);
            } else if (pass == Pass.RECOMPUTE) {
                assertThat(out.toArray(JAVA_FLOAT)).isEqualTo(trained);
            }
        }
    }

    private static void checkGradients(SharedFeedForward shared, Problem problem, StepArena arena) {
        int tokens = problem.x.length;
        MemorySegment pull = arena.floats((long) tokens * D);
        put(pull, flat(problem.pull), 0);
        MemorySegment dx = before(arena.floats((long) tokens * D));
        MemorySegment out = before(arena.floats((long) tokens * D));
        SharedExpert.Computed computed = shared.forward(problem.x(arena), out, tokens, Pass.TRAIN, arena);
        StepArena.Mark mark = arena.mark();
        computed.backward(pull, dx, arena);
        assertThat(arena.mark()).isEqualTo(mark);
        for (int t = 0; t < tokens; t++) {
            assertGradient("x of token " + t, dx.asSlice((long) t * D * Float.BYTES), problem, problem.x[t], 0, D);
        }
    }

    private static void assertGradient(
            String what, MemorySegment actual, Problem problem, double[] variable, int from, int count) {
        DoubleSupplier objective = () -> problem.reference.objective(problem.x, problem.matrices, problem.pull);
        for (int i = 0; i < count; i++) {
            double kept = variable[from + i];
            variable[from + i] = kept + STEP;
            double above = objective.getAsDouble();
            variable[from + i] = kept - STEP;
            double below = objective.getAsDouble();
            variable[from + i] = kept;
            assertThat((double) actual.getAtIndex(JAVA_FLOAT, i))
                    .as("%s, element %d", what, i)
                    .isCloseTo(BEFORE + (above - below) / (2 * STEP), within(TOLERANCE));
        }
    }

    private static MemorySegment before(MemorySegment values) {
        for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
            values.setAtIndex(JAVA_FLOAT, i, BEFORE);
        }
        return values;
    }

    private static void put(MemorySegment to, double[] values, int from) {
        for (int i = 0; i < to.byteSize() / Float.BYTES; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) values[from + i]);
        }
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    @Test
    void shouldDeclareNothingIfNoneAreConfigured() {
        assertThat(SharedFeedForward.declare(config(Activation.SWIGLU, 0), "shared", 1, 1))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"-1", "429496730"})
    void shouldRefuseAWidthThatIsNone(int shared) {
        assertThatThrownBy(() -> config(Activation.GELU, shared))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model.shared_experts " + shared + " times model.d_ff 5 must be 0 to 2147483647");
    }

    /** Inputs that fp32 holds exactly. */
    private static final class Problem {
        final MoeConfig config;
        final ReferenceShared reference;
        final double[] matrices;
        final double[][] x;
        final double[][] pull;

        Problem(MoeConfig config, int tokens) {
            this.config = config;
            this.reference = new ReferenceShared(config);
            SplittableRandom random = new SplittableRandom(9);
            matrices = new double[ReferenceShared.count(config)];
            Arrays.setAll(matrices, _ -> (float) random.nextDouble(-1, 1));
            x = rows(random, tokens);
            pull = rows(random, tokens);
        }

        private static double[][] rows(SplittableRandom random, int tokens) {
            double[][] rows = new double[tokens][D];
            for (double[] row : rows) {
                Arrays.setAll(row, _ -> (float) random.nextDouble(-1, 1));
            }
            return rows;
        }

        MemorySegment x(StepArena arena) {
            MemorySegment to = arena.floats((long) x.length * D);
            put(to, flat(x), 0);
            return to;
        }
    }
}
