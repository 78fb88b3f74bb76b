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
import io.witan.runtime.fssdp.BiasedFeedForwardLayout;
import io.witan.runtime.state.ParameterSpec;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Experts against their definition in double, one of which has no rows: value, and gradients by finite differences. */
class BiasedFeedForwardTest {
    private static final int D = 5;
    private static final int F = 7;
    private static final int CHUNK = 2 * D * F + F + D;
    private static final int[] OFFSETS = {0, 3, 3, 4};
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 2e-5;
    private static final float BEFORE = 0.5f;

    private final double[][] chunks = new double[OFFSETS.length - 1][];
    private final double[] x;
    private final double[] pull;

    BiasedFeedForwardTest() {
        SplittableRandom random = new SplittableRandom(11);
        Arrays.setAll(chunks, _ -> values(random, CHUNK));
        x = values(random, OFFSETS[OFFSETS.length - 1] * D);
        pull = values(random, x.length);
    }

    private static double[] values(SplittableRandom random, int count) {
        double[] values = new double[count];
        Arrays.setAll(values, _ -> (float) random.nextDouble(-1, 1));
        return values;
    }

    @ParameterizedTest
    @CsvSource({"0", "1"})
    void shouldAgreeWithTheDefinition(float beta) {
        Ranks.run(Topology.of(1), runtime -> {
            check(runtime, beta);
            return null;
        });
    }

    private void check(RankRuntime runtime, float beta) {
        StepArena arena = runtime.arena();
        BiasedFeedForward experts = new BiasedFeedForward(runtime.kernels(), new BiasedFeedForwardLayout(D, F));
        MemorySegment[] weights = new MemorySegment[chunks.length];
        Arrays.setAll(weights, e -> e == 1 ? null : put(arena, chunks[e]));
        MemorySegment rows = put(arena, x);
        ExpertNetwork.Computed computed = null;
        for (Pass pass : new Pass[] {Pass.EVALUATE, Pass.TRAIN}) {
            MemorySegment y = put(arena, new double[x.length]);
            StepArena.Mark mark = arena.mark();
            computed = experts.forward(rows, OFFSETS, weights, y, pass, arena);
            assertThat(arena.mark().equals(mark)).isEqualTo(pass == Pass.EVALUATE);
            assertClose(pass.toString(), y, output(), 0);
        }
        MemorySegment dx = put(arena, new double[x.length]);
        MemorySegment[] gradients = new MemorySegment[chunks.length];
        double[] before = new double[CHUNK];
        Arrays.fill(before, beta == 0 ? Double.NaN : BEFORE);
        Arrays.setAll(gradients, _ -> put(arena, before));
        computed.backward(weights, put(arena, pull), dx, arena).into(new ExpertNetwork.Gradients(gradients, beta));
        assertClose("dx", dx, gradient(x), 0);
        for (int e = 0; e < chunks.length; e++) {
            assertClose("expert " + e, gradients[e], gradient(chunks[e]), beta * BEFORE);
        }
    }

    private static MemorySegment put(StepArena arena, double[] values) {
        MemorySegment to = arena.floats(values.length);
        for (int i = 0; i < values.length; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) values[i]);
        }
        return to;
    }

    private static void assertClose(String what, MemorySegment actual, double[] expected, double more) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual.getAtIndex(JAVA_FLOAT, i))
                    .as("%s, element %d", what, i)
                    .isCloseTo(more + expected[i], within(TOLERANCE));
        }
    }

    private double[] output() {
        double[] y = new double[x.length];
        for (int e = 0; e < chunks.length; e++) {
            for (int row = OFFSETS[e]; row < OFFSETS[e + 1]; row++) {
                double[] own = output(chunks[e], Arrays.copyOfRange(x, row * D, (row + 1) * D));
                System.arraycopy(own, 0, y, row * D, D);
            }
        }
        return y;
    }

    private static double[] output(double[] chunk, double[] row) {
        double[] y = Arrays.copyOfRange(chunk, 2 * D * F + F, CHUNK);
        for (int f = 0; f < F; f++) {
            double a = chunk[2 * D * F + f];
            for (int d = 0; d < D; d++) {
                a += chunk[f * D + d] * row[d];
            }
            double h = a * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (a + 0.044715 * a * a * a))) / 2;
            for (int d = 0; d < D; d++) {
                y[d] += chunk[D * F + d * F + f] * h;
            }
        }
        return y;
    }

    private double[] gradient(double[] variable) {
        double[] gradient = new double[variable.length];
        for (int i = 0; i < variable.length; i++) {
            double kept = variable[i];
            variable[i] = kept + STEP;
            double above = objective();
            variable[i] = kept - STEP;
            gradient[i] = (above - objective()) / (2 * STEP);
            variable[i] = kept;
        }
        return gradient;
    }

    private double objective() {
        double sum = 0;
        double[] y = output();
        for (int i = 0; i < y.length; i++) {
            sum += y[i] * pull[i];
        }
        return sum;
    }

    @Test
    void shouldDeclareWhatAChunkHolds() {
        MoeConfig config = new MoeConfig(D, F, 2, 1, Activation.GELU, Weights.PROBABILITY, 0, 0).withBiases();
        assertThat(config.expertLayout().chunkBytes()).isEqualTo(CHUNK * Float.BYTES);
        assertThat(config.expertLayout().declare("e", 0, 1, 1, 1))
                .extracting(ParameterSpec::name)
                .containsExactly("e.w1", "e.w2", "e.b1", "e.b2");
        assertThat(config.expertLayout().declare("e", 0, 1, 1, 1).stream()
                        .mapToLong(ParameterSpec::count)
                        .sum())
                .isEqualTo(CHUNK);
        assertThatThrownBy(() -> config.withExpertSharding(F)).hasMessageContaining("model.biases gpt2 needs");
    }
}
