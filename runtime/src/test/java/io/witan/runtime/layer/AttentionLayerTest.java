package io.witan.runtime.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.runtime.Ranks;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A layer against its definition in double: value, and gradients by finite differences. */
class AttentionLayerTest {
    private static final int SEQUENCES = 2;
    private static final int POSITIONS = 4;
    private static final int TOKENS = SEQUENCES * POSITIONS;
    private static final double THETA = 50;
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 5e-5;

    @ParameterizedTest
    @CsvSource({"8, 2, 2, false, true", "8, 2, 2, true, false", "16, 4, 2, true, true", "24, 6, 1, true, true"})
    void shouldAgreeWithTheDefinition(int width, int heads, int kvHeads, boolean biased, boolean turned) {
        Problem problem = new Problem(width, heads, kvHeads, biased, turned);
        Ranks.run(Topology.of(1), runtime -> {
            check(runtime, problem);
            return null;
        });
    }

    private static void check(RankRuntime runtime, Problem problem) {
        int d = problem.width;
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(ParameterSpec.matrix("qkv", problem.row(), d, 1));
        specs.add(ParameterSpec.matrix("out", d, d, 1));
        specs.add(ParameterSpec.vector("bias", problem.row(), 0));
        specs.add(ParameterSpec.vector("out_bias", d, 0));
        List<ParameterSpec> declared = new ArrayList<>(specs);
        declared.addAll(new FeedForwardLayout(4, 4, Activation.GELU).declare("expert", 0, 0, 1, 1));
        try (TrainingState state = TrainingState.allocate(declared, new int[][] {{0}}, StateMemory::inPlace, runtime)) {
            for (int i = 0; i < specs.size(); i++) {
                put(state.parameter(specs.get(i).name()).value(), problem.weights[i]);
                state.parameter(specs.get(i).name()).gradient().fill((byte) 0);
            }
            AttentionLayer layer = new AttentionLayer(
                    runtime.kernels(),
                    new AttentionLayer.Projections(
                            state.parameter("qkv"),
                            problem.biased ? state.parameter("bias") : null,
                            state.parameter("out"),
                            problem.biased ? state.parameter("out_bias") : null),
                    problem.turned ? new RotaryPositions(runtime.kernels(), POSITIONS, d / problem.heads, THETA) : null,
                    d,
                    problem.heads,
                    problem.kvHeads);
            StepArena arena = runtime.arena();
            MemorySegment x = put(arena.floats((long) TOKENS * d), problem.x);
            MemorySegment out = put(arena.floats((long) TOKENS * d), new double[TOKENS * d]);
            AttentionLayer.Saved saved = layer.forward(x, out, SEQUENCES, POSITIONS, arena);
            assertClose("out", out, problem.output());
            MemorySegment pull = put(arena.floats((long) TOKENS * d), problem.pull);
            MemorySegment dx = layer.backward(saved, x, pull, SEQUENCES, POSITIONS, arena);
            assertClose("dx", dx, problem.gradient(problem.x));
            for (int i = 0; i < specs.size() - (problem.biased ? 0 : 2); i++) {
                String name = specs.get(i).name();
                assertClose(name, state.parameter(name).gradient(), problem.gradient(problem.weights[i]));
            }
        }
    }

    private static void assertClose(String what, MemorySegment actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual.getAtIndex(JAVA_FLOAT, i))
                    .as("%s, element %d", what, i)
                    .isCloseTo(expected[i], within(TOLERANCE));
        }
    }

    private static MemorySegment put(MemorySegment to, double[] values) {
        for (int i = 0; i < values.length; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) values[i]);
        }
        return to;
    }

    /** Inputs that fp32 holds exactly. */
    private static final class Problem {
        final int width;
        final int heads;
        final int kvHeads;
        final boolean biased;
        final boolean turned;
        final double[][] weights;
        final double[] x;
        final double[] pull;

        Problem(int width, int heads, int kvHeads, boolean biased, boolean turned) {
            this.width = width;
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.biased = biased;
            this.turned = turned;
            SplittableRandom random = new SplittableRandom(5);
            weights = new double[][] {
                values(random, row() * width, 0.5),
                values(random, width * width, 0.5),
                values(random, row(), 1),
                values(random, width, 1)
            };
            x = values(random, TOKENS * width, 1);
            pull = values(random, TOKENS * width, 1);
        }

        private static double[] values(SplittableRandom random, int count, double scale) {
            double[] values = new double[count];
            Arrays.setAll(values, _ -> (float) (scale * random.nextDouble(-1, 1)));
            return values;
        }

        int row() {
            return (heads + 2 * kvHeads) * (width / heads);
        }

        double[] gradient(double[] variable) {
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

        double[] output() {
            double[][] rows = new double[TOKENS][row()];
            for (int t = 0; t < TOKENS; t++) {
                for (int i = 0; i < row(); i++) {
                    rows[t][i] = (biased ? weights[2][i] : 0) + dot(weights[0], i * width, x, t * width, width);
                }
                if (turned) {
                    turn(rows[t], t % POSITIONS);
                }
            }
            double[] y = new double[TOKENS * width];
            for (int t = 0; t < TOKENS; t++) {
                double[] mixed = mixed(rows, t);
                for (int i = 0; i < width; i++) {
                    y[t * width + i] = (biased ? weights[3][i] : 0) + dot(weights[1], i * width, mixed, 0, width);
                }
            }
            return y;
        }

        private void turn(double[] row, int position) {
            int w = width / heads;
            for (int head = 0; head < heads + kvHeads; head++) {
                for (int i = 0; i < w / 2; i++) {
                    double angle = position * Math.pow(THETA, -2.0 * i / w);
                    double re = row[head * w + i];
                    double im = row[head * w + i + w / 2];
                    row[head * w + i] = re * Math.cos(angle) - im * Math.sin(angle);
                    row[head * w + i + w / 2] = im * Math.cos(angle) + re * Math.sin(angle);
                }
            }
        }

        private double[] mixed(double[][] rows, int t) {
            int w = width / heads;
            int first = t - t % POSITIONS;
            double[] mixed = new double[width];
            for (int head = 0; head < heads; head++) {
                int key = (heads + head * kvHeads / heads) * w;
                double[] p = new double[t - first + 1];
                double sum = 0;
                for (int j = 0; j < p.length; j++) {
                    p[j] = Math.exp(dot(rows[t], head * w, rows[first + j], key, w) / Math.sqrt(w));
                    sum += p[j];
                }
                for (int j = 0; j < p.length; j++) {
                    for (int c = 0; c < w; c++) {
                        mixed[head * w + c] += p[j] / sum * rows[first + j][key + kvHeads * w + c];
                    }
                }
            }
            return mixed;
        }

        private static double dot(double[] a, int atA, double[] b, int atB, int count) {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += a[atA + i] * b[atB + i];
            }
            return sum;
        }
    }
}
