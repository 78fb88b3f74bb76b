package io.witan.example;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.collectives.CommunicatorGroup;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a layer expects of any gate. The test of a gate extends it. */
abstract class GateContract {
    static final int EXPERTS = 4;
    static final int WIDTH = 6;
    private static final int TOKENS = 8;
    private static final float STEP = 1e-2f;
    private static final double TOLERANCE = 1e-3;

    /** The gate's own tensors. */
    abstract List<ParameterSpec> declare();

    /** @param state holds what {@link #declare} says */
    abstract Gate gate(RankRuntime runtime, TrainingState state);

    private interface Check {
        void of(Gate gate, RankRuntime runtime);
    }

    private void check(Check check) {
        List<ParameterSpec> declared = new ArrayList<>(declare());
        declared.addAll(new LinearExperts(null, WIDTH).declare("expert", 0, 0, 1, 1));
        RankRuntime runtime = RankRuntime.open(CommunicatorGroup.solo(), 1, 0);
        TrainingState state = TrainingState.allocate(declared, new int[][] {{0}}, StateMemory::inPlace, runtime);
        try (state;
                runtime) {
            state.initialize(new NormalInitializer(3));
            check.of(gate(runtime, state), runtime);
        }
    }

    private static MemorySegment tokens(RankRuntime runtime) {
        SplittableRandom random = new SplittableRandom(5);
        MemorySegment x = runtime.arena().floats(TOKENS * WIDTH);
        for (int i = 0; i < TOKENS * WIDTH; i++) {
            x.setAtIndex(JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
        return x;
    }

    private static Routed route(Gate gate, RankRuntime runtime, MemorySegment x, int first, int tokens, Pass pass) {
        MemorySegment own = x.asSlice((long) first * WIDTH * Float.BYTES);
        return gate.route(own, tokens, pass, new StepContext(1, first, TOKENS, TOKENS, 0, 1), runtime.arena());
    }

    private static int[] experts(Routed routed) {
        return Arrays.copyOf(routed.expert().toArray(JAVA_INT), routed.tokens() * routed.choices());
    }

    private static float[] weights(Routed routed) {
        return Arrays.copyOf(routed.weight().toArray(JAVA_FLOAT), routed.tokens() * routed.choices());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, TOKENS})
    void shouldChooseExpertsThatAreThere(int count) {
        check((gate, runtime) -> {
            Routed routed = route(gate, runtime, tokens(runtime), 0, count, Pass.TRAIN);
            assertThat(routed.tokens()).isEqualTo(count);
            assertThat(routed.choices()).isBetween(1, EXPERTS);
            for (int expert : experts(routed)) {
                assertThat(expert).isBetween(0, routed.mayDrop() ? EXPERTS : EXPERTS - 1);
            }
            for (float weight : weights(routed)) {
                assertThat(weight).isFinite();
            }
        });
    }

    @Test
    void shouldSayTheSameWhenItIsAskedAgain() {
        check((gate, runtime) -> {
            MemorySegment x = tokens(runtime);
            Routed first = route(gate, runtime, x, 0, TOKENS, Pass.TRAIN);
            Routed again = route(gate, runtime, x, 0, TOKENS, Pass.RECOMPUTE);
            assertThat(experts(again)).isEqualTo(experts(first));
            assertThat(weights(again)).isEqualTo(weights(first));
        });
    }

    /** Half of the tokens may be on another rank. */
    @Test
    void shouldNotDependOnTheNumberOfRanks() {
        check((gate, runtime) -> {
            MemorySegment x = tokens(runtime);
            Routed all = route(gate, runtime, x, 0, TOKENS, Pass.TRAIN);
            int half = TOKENS / 2;
            Routed second = route(gate, runtime, x, half, half, Pass.TRAIN);
            int from = half * all.choices();
            assertThat(experts(second)).isEqualTo(Arrays.copyOfRange(experts(all), from, 2 * from));
            assertThat(weights(second)).isEqualTo(Arrays.copyOfRange(weights(all), from, 2 * from));
        });
    }

    /** Backward against differences of the weighted sum of weights, where a step does not change the choice. */
    @Test
    void shouldHaveTheGradientsOfItsWeights() {
        check((gate, runtime) -> {
            MemorySegment x = tokens(runtime);
            Routed routed = route(gate, runtime, x, 0, TOKENS, Pass.TRAIN);
            MemorySegment pull = runtime.arena().floats((long) TOKENS * routed.choices());
            for (int i = 0; i < TOKENS * routed.choices(); i++) {
                pull.setAtIndex(JAVA_FLOAT, i, 1 + i % 3);
            }
            MemorySegment dx = routed.backward(pull, new long[EXPERTS], new StepContext(1, 0, TOKENS, TOKENS, 0, 1));
            assertGradient(gate, runtime, x, new Variable("x", x, dx, TOKENS * WIDTH));
            for (Parameter matrix : gate.matrices()) {
                int count = (int) matrix.spec().count();
                assertGradient(
                        gate, runtime, x, new Variable(matrix.spec().name(), matrix.value(), matrix.gradient(), count));
            }
        });
    }

    private record Variable(String name, MemorySegment value, MemorySegment gradient, int count) {}

    private static void assertGradient(Gate gate, RankRuntime runtime, MemorySegment x, Variable variable) {
        int[] chosen = experts(route(gate, runtime, x, 0, TOKENS, Pass.TRAIN));
        int checked = 0;
        for (int i = 0; i < variable.count; i++) {
            float kept = variable.value.getAtIndex(JAVA_FLOAT, i);
            variable.value.setAtIndex(JAVA_FLOAT, i, kept + STEP);
            Routed above = route(gate, runtime, x, 0, TOKENS, Pass.TRAIN);
            boolean same = Arrays.equals(experts(above), chosen);
            double difference = pulled(above);
            variable.value.setAtIndex(JAVA_FLOAT, i, kept - STEP);
            Routed below = route(gate, runtime, x, 0, TOKENS, Pass.TRAIN);
            same &= Arrays.equals(experts(below), chosen);
            difference -= pulled(below);
            variable.value.setAtIndex(JAVA_FLOAT, i, kept);
            if (same) {
                assertThat((double) variable.gradient.getAtIndex(JAVA_FLOAT, i))
                        .as("%s, element %d", variable.name, i)
                        .isCloseTo(difference / (2 * STEP), within(TOLERANCE));
                checked++;
            }
        }
        assertThat(checked)
                .as("elements of %s whose step keeps all choices", variable.name)
                .isGreaterThan(variable.count / 2);
    }

    private static double pulled(Routed routed) {
        float[] weights = weights(routed);
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * (1 + i % 3);
        }
        return sum;
    }
}
