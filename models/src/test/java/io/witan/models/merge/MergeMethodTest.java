package io.witan.models.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each method against one written plainly from its formula over whole arrays; bit for bit, as both sum in fp64 in the same order. */
class MergeMethodTest {
    private static final int COUNT = 3000;

    private static ArrayVectors vectors(int models, long seed) {
        return ArrayVectors.random(COUNT, models, seed);
    }

    private static double sum(ArrayVectors of, int at) {
        double sum = 0;
        for (float[] vector : of.vectors()) {
            sum += vector[at];
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void arithmeticAddsTheScaledSum(int models) {
        ArrayVectors of = vectors(models, models);
        float[] merged = of.merged(new TaskArithmetic(0.3));
        for (int i = 0; i < COUNT; i++) {
            assertThat(merged[i]).isEqualTo((float) (of.base()[i] + 0.3 * sum(of, i)));
        }
    }

    @Test
    void everyTaskHasAWeightOfItsOwn() {
        ArrayVectors of = vectors(3, 60);
        float[] merged = of.merged(new WeightedSum(List.of(0.5, -2.0, 0.1)));
        for (int i = 0; i < COUNT; i++) {
            float[][] by = of.vectors();
            double sum = 0.5 * by[0][i] + -2.0 * by[1][i] + 0.1 * by[2][i];
            assertThat(merged[i]).isEqualTo((float) (of.base()[i] + sum));
        }
    }

    /** The least magnitude that stays, by sorting. */
    private static float least(float[] vector, double keep) {
        float[] sorted = new float[vector.length];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = Math.abs(vector[i]);
        }
        Arrays.sort(sorted);
        return sorted[sorted.length - (int) Math.max(1, Math.ceil(keep * sorted.length))];
    }

    private static float[] plainTies(ArrayVectors of, double keep, double scale) {
        float[][] trimmed = new float[of.models()][COUNT];
        for (int model = 0; model < of.models(); model++) {
            float least = least(of.vectors()[model], keep);
            for (int i = 0; i < COUNT; i++) {
                float value = of.vectors()[model][i];
                trimmed[model][i] = Math.abs(value) < least ? 0 : value;
            }
        }
        double[] sign = new double[COUNT];
        double most = 0;
        for (int i = 0; i < COUNT; i++) {
            for (float[] vector : trimmed) {
                sign[i] += vector[i];
            }
            sign[i] = Math.signum(sign[i]);
            most += sign[i];
        }
        float[] merged = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            double elected = sign[i] == 0 ? Math.signum(most) : sign[i];
            double sum = 0;
            int count = 0;
            for (float[] vector : trimmed) {
                if (vector[i] != 0 && Math.signum(vector[i]) == elected) {
                    sum += vector[i];
                    count++;
                }
            }
            merged[i] = (float) (of.base()[i] + scale * (count == 0 ? 0 : sum / count));
        }
        return merged;
    }

    @ParameterizedTest
    @CsvSource({"1, 0.2", "2, 0.2", "3, 0.01", "5, 0.5", "3, 1", "2, 0.00001"})
    void tiesTrimsElectsAndAverages(int models, double keep) {
        ArrayVectors of = vectors(models, 10 + models);
        assertThat(of.merged(new Ties(keep, 1.5))).containsExactly(plainTies(of, keep, 1.5));
    }

    /** Other tasks add the sum less this one's value. */
    private static boolean holds(ArrayVectors of, int model, int at, double times) {
        double task = of.vectors()[model][at];
        return Math.abs(task) >= times * Math.abs(sum(of, at) - task);
    }

    @Test
    void masksOfTwoTasksByHand() {
        ArrayVectors of =
                new ArrayVectors(new float[] {10, 10, 10, 10}, new float[][] {{1, 1, 0, -2}, {0, 0.25f, 4, 2}});
        assertThat(of.merged(new TaskMask(1, 0.5, 0))).containsExactly(11, 11.25f, 10, 10);
        assertThat(of.merged(new TaskMask(1, 0.5, 1))).containsExactly(10, 10, 14, 10);
        assertThat(of.merged(new Consensus(0.5, 0.5, 1))).containsExactly(10.5f, 10.625f, 12, 10);
        assertThat(of.merged(new Consensus(0.5, 0.25, 2))).containsExactly(10, 10.625f, 10, 10);
    }

    @ParameterizedTest
    @CsvSource({"2, 0.4, 1", "3, 0.4, 2", "3, 0.2, 3"})
    void consensusKeepsWhatEnoughTasksNeed(int models, double times, int agree) {
        ArrayVectors of = vectors(models, 20 + models);
        float[] merged = of.merged(new Consensus(0.3, times, agree));
        int kept = 0;
        for (int i = 0; i < COUNT; i++) {
            int tasks = 0;
            for (int model = 0; model < models; model++) {
                tasks += holds(of, model, i, times) ? 1 : 0;
            }
            float expected = tasks < agree ? of.base()[i] : (float) (of.base()[i] + 0.3 * sum(of, i));
            assertThat(merged[i]).isEqualTo(expected);
            kept += merged[i] == of.base()[i] ? 0 : 1;
        }
        assertThat(kept).isBetween(1, COUNT - 1);
    }

    @Test
    void aMaskKeepsWhatOneTaskNeeds() {
        ArrayVectors of = vectors(3, 30);
        for (int task = 0; task < 3; task++) {
            float[] merged = of.merged(new TaskMask(0.5, 0.4, task));
            for (int i = 0; i < COUNT; i++) {
                float expected = holds(of, task, i, 0.4) ? (float) (of.base()[i] + 0.5 * sum(of, i)) : of.base()[i];
                assertThat(merged[i]).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 17, 1500, 2999, 3000})
    void theKthLargestMagnitudeIsThatOfASortedVector(long kth) {
        ArrayVectors of = vectors(3, 40);
        float[] found = Magnitudes.largest(of, kth);
        for (int model = 0; model < 3; model++) {
            assertThat(found[model]).isEqualTo(least(of.vectors()[model], kth / (double) COUNT - 1e-9));
        }
    }

    @Test
    void numbersThatFitNoModelsAreRefused() {
        assertThatThrownBy(() -> new TaskMask(1, 1, 2).requireModels(2))
                .isInstanceOf(MergeException.class)
                .hasMessage("task 3 is none of the 2 models");
        assertThatThrownBy(() -> new Consensus(1, 1, 3).requireModels(2))
                .isInstanceOf(MergeException.class)
                .hasMessage("3 of 2 models cannot agree; allowed are 1 to 2");
        assertThatThrownBy(() -> new WeightedSum(List.of(1.0)).requireModels(2))
                .isInstanceOf(MergeException.class)
                .hasMessage("1 weights for 2 models; each needs one");
        assertThatThrownBy(() -> new Ties(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
