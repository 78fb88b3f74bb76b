package io.witan.runtime.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.FeedForwardLayout;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Named values in double, which fp32 holds exactly, and checks of a layer in fp32 against a definition over them. */
final class Doubles {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-4;

    private final SplittableRandom random = new SplittableRandom(5);
    private final Map<String, double[]> values = new LinkedHashMap<>();
    private final List<String> parameters = new ArrayList<>();

    /** What checks a layer, given its parameters. */
    interface Check {
        void run(RankRuntime runtime, TrainingState state);
    }

    /** Something that is no parameter. */
    Doubles input(String name, int count) {
        double[] drawn = new double[count];
        Arrays.setAll(drawn, _ -> (float) random.nextDouble(-1, 1));
        values.put(name, drawn);
        return this;
    }

    Doubles parameter(String name, int count) {
        parameters.add(name);
        return input(name, count);
    }

    double[] get(String name) {
        return values.get(name);
    }

    /** The values in the step arena. */
    MemorySegment put(String name, StepArena arena) {
        MemorySegment to = arena.floats(get(name).length);
        fill(to, get(name));
        return to;
    }

    static void fill(MemorySegment to, double[] from) {
        for (int i = 0; i < from.length; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) from[i]);
        }
    }

    /** The parameters, as dense tensors. */
    List<ParameterSpec> declare() {
        List<ParameterSpec> declared = new ArrayList<>();
        for (String name : parameters) {
            declared.add(ParameterSpec.vector(name, get(name).length, 0));
        }
        return declared;
    }

    /** On one rank, with the parameters in a state and their gradients at zero. */
    void check(Check check) {
        List<ParameterSpec> declared = declare();
        declared.addAll(new FeedForwardLayout(4, 4, Activation.GELU).declare("expert", 0, 0, 1, 1));
        Ranks.run(Topology.of(1), runtime -> {
            try (TrainingState state =
                    TrainingState.allocate(declared, new int[][] {{0}}, StateMemory::inPlace, runtime)) {
                load(state);
                check.run(runtime, state);
            }
            return null;
        });
    }

    void load(TrainingState state) {
        for (String name : parameters) {
            Parameter parameter = state.parameter(name);
            fill(parameter.value(), get(name));
            parameter.gradient().fill((byte) 0);
        }
    }

    /** The definition's values, and for each name its slopes of {@code output . pull}. */
    void assertSlopes(String name, MemorySegment actual, Supplier<double[]> output, String pull) {
        double[] variable = get(name);
        double[] slopes = new double[variable.length];
        for (int i = 0; i < variable.length; i++) {
            double kept = variable[i];
            variable[i] = kept + STEP;
            double above = dot(output.get(), get(pull));
            variable[i] = kept - STEP;
            slopes[i] = (above - dot(output.get(), get(pull))) / (2 * STEP);
            variable[i] = kept;
        }
        assertClose("gradient of " + name, actual, slopes);
    }

    /** The gradients of all parameters. */
    void assertParameterSlopes(TrainingState state, Supplier<double[]> output, String pull) {
        for (String name : parameters) {
            assertSlopes(name, state.parameter(name).gradient(), output, pull);
        }
    }

    static void assertClose(String what, MemorySegment actual, double[] expected) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual.getAtIndex(JAVA_FLOAT, i))
                    .as("%s, element %d", what, i)
                    .isCloseTo(expected[i], within(TOLERANCE * Math.max(1, largest)));
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
