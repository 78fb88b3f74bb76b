package io.witan.models.dmoerm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.network.Aggregator;
import io.witan.models.dmoerm.network.PointHeads;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.placement.OwnerPlacement;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Aggregator and value heads against their definition in double: value, and gradients by finite differences. */
class AggregatorTest {
    private static final int D = 8;
    private static final int ROWS = 4;
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-4;
    private static final Category CATEGORY = Category.CHAT;
    private static final int IN = CATEGORY.pointCount() * D;

    private final SplittableRandom random = new SplittableRandom(6);

    private double[] values(int count) {
        double[] values = new double[count];
        Arrays.setAll(values, _ -> (float) random.nextDouble(-1, 1));
        return values;
    }

    private static void withState(BiConsumer<RankRuntime, TrainingState> check) {
        RewardTensors tensors = TestPairs.tensors(
                "model.d_model=" + D, "model.layers=1", "model.heads=2", "model.d_ff=8", "model.seq_len=64");
        int[][] owners = OwnerPlacement.even(tensors.moeLayers(), Category.allPoints(), 1);
        try (RankRuntime runtime = RankRuntime.open(CommunicatorGroup.solo(), 1, 0);
                TrainingState state =
                        TrainingState.allocate(tensors.declare(), owners, StateMemory::inPlace, runtime)) {
            state.kernelGradient().fill((byte) 0);
            check.accept(runtime, state);
        }
    }

    private static MemorySegment put(MemorySegment to, double[] values) {
        for (int i = 0; i < values.length; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) values[i]);
        }
        return to;
    }

    private interface Output {
        double[] of();
    }

    private static void assertSlopes(
            String what, MemorySegment actual, double[] variable, Output output, double[] pull) {
        for (int i = 0; i < variable.length; i++) {
            double kept = variable[i];
            variable[i] = kept + STEP;
            double above = dot(output.of(), pull);
            variable[i] = kept - STEP;
            double slope = (above - dot(output.of(), pull)) / (2 * STEP);
            variable[i] = kept;
            assertThat((double) actual.getAtIndex(JAVA_FLOAT, i))
                    .as("%s, element %d", what, i)
                    .isCloseTo(slope, within(TOLERANCE));
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < b.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Test
    void aggregatorShouldBeAnMlpWithALearnedSlope() {
        double[] w1 = values(D * IN);
        double[] b1 = values(D);
        double[] slope = {0.25};
        double[] w2 = values(D);
        double[] z = values(ROWS * IN);
        double[] pull = values(ROWS);
        Output output = () -> {
            double[] rewards = new double[ROWS];
            for (int row = 0; row < ROWS; row++) {
                for (int d = 0; d < D; d++) {
                    double h = b1[d];
                    for (int i = 0; i < IN; i++) {
                        h += w1[d * IN + i] * z[row * IN + i];
                    }
                    rewards[row] += w2[d] * (h > 0 ? h : slope[0] * h);
                }
            }
            return rewards;
        };
        withState((runtime, state) -> {
            String name = RewardTensors.aggregator(CATEGORY);
            List<Parameter> parameters = List.of(
                    state.parameter(name + ".w1"),
                    state.parameter(name + ".b1"),
                    state.parameter(name + ".slope"),
                    state.parameter(name + ".w2"));
            List<double[]> variables = List.of(w1, b1, slope, w2);
            for (int i = 0; i < variables.size(); i++) {
                put(parameters.get(i).value(), variables.get(i));
            }
            StepArena arena = runtime.arena();
            Aggregator aggregator = new Aggregator(
                    runtime.kernels(),
                    new Aggregator.Parts(parameters.get(0), parameters.get(1), parameters.get(2), parameters.get(3)),
                    CATEGORY.pointCount(),
                    D);
            Aggregator.Saved saved = aggregator.forward(put(arena.floats((long) ROWS * IN), z), ROWS, arena);
            for (int row = 0; row < ROWS; row++) {
                assertThat((double) saved.rewards().getAtIndex(JAVA_FLOAT, row))
                        .isCloseTo(output.of()[row], within(TOLERANCE));
            }
            aggregator.backward(saved, put(arena.floats(ROWS), pull), ROWS, arena);
            for (int i = 0; i < variables.size(); i++) {
                assertSlopes(
                        parameters.get(i).spec().name(), parameters.get(i).gradient(), variables.get(i), output, pull);
            }
        });
    }

    @Test
    void headsOfPointsShouldAddToTheBaseModels() {
        int[] points = {3, 0, 3, 26};
        double[] w = values(D);
        double[][] own = new double[Category.allPoints()][];
        Arrays.setAll(own, _ -> values(D));
        double[] z = values(points.length * D);
        double[] pull = values(points.length);
        Output output = () -> {
            double[] rewards = new double[points.length];
            for (int n = 0; n < points.length; n++) {
                for (int i = 0; i < D; i++) {
                    rewards[n] += (w[i] + own[points[n]][i]) * z[n * D + i];
                }
            }
            return rewards;
        };
        withState((runtime, state) -> {
            put(state.parameter(RewardTensors.BASE_VALUE).value(), w);
            List<Parameter> heads = Arrays.stream(Category.values())
                    .flatMap(category -> IntStream.range(0, category.pointCount())
                            .mapToObj(p -> state.parameter(RewardTensors.value(category, p))))
                    .toList();
            for (int p = 0; p < own.length; p++) {
                put(heads.get(p).value(), own[p]);
            }
            StepArena arena = runtime.arena();
            PointHeads layer = new PointHeads(state.parameter(RewardTensors.BASE_VALUE), heads, D);
            MemorySegment states = put(arena.floats((long) points.length * D), z);
            double[] rewards = layer.rewards(states, points);
            for (int n = 0; n < points.length; n++) {
                assertThat(rewards[n]).isCloseTo(output.of()[n], within(TOLERANCE));
            }
            MemorySegment dz = arena.floats((long) points.length * D);
            layer.backward(states, points, pull, dz);
            assertSlopes("z", dz, z, output, pull);
            for (int p = 0; p < own.length; p++) {
                assertSlopes("head " + p, heads.get(p).gradient(), own[p], output, pull);
            }
        });
    }
}
