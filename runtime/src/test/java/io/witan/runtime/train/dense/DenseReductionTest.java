package io.witan.runtime.train.dense;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.gradient.GradientWindows;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DenseReductionTest {
    private static final List<ParameterSpec> TENSORS = List.of(
            ParameterSpec.matrix("embedding", 50, 10, 1),
            ParameterSpec.matrix("a.qkv", 300, 100, 1),
            ParameterSpec.matrix("a.out", 100, 100, 1),
            ParameterSpec.vector("norm", 100, 1),
            ParameterSpec.matrix("head", 200, 100, 1));

    /** Two layers: stretches 0 to 3. */
    private static final List<Optional<GradientWindows>> RELEASES = List.of(
            Optional.empty(),
            Optional.of(new GradientWindows(List.of())),
            Optional.of(new GradientWindows(List.of(16_000L, 48_000L, 4_800L, 131_072L))),
            Optional.of(new GradientWindows(List.of(1L << 40, 0L, 1L << 40, 0L))),
            Optional.of(new GradientWindows(List.of(0L, 16L, 79_984L, 40_016L, 1L << 20))));

    static Stream<Arguments> arrangements() {
        return Stream.of(Topology.of(1), Topology.of(2), Topology.of(2, 1))
                .flatMap(topology -> RELEASES.stream().map(windows -> Arguments.of(topology, windows)));
    }

    /** Two steps, in which gradients become complete as in a backward, against one sum of all of them. */
    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldSumInPiecesWithTheSameBits(Topology topology, Optional<GradientWindows> windows) {
        Ranks.run(topology, runtime -> {
            try (TrainingState state = TrainingState.allocate(TENSORS, new int[0][], StateMemory::inPlace, runtime)) {
                DenseReduction reduction = DenseReduction.of(runtime, state, windows);
                for (int step = 1; step <= 2; step++) {
                    state.activeStep(step);
                    float[] expected = sumOfAll(runtime, state, step);
                    fill(runtime, state, step);

                    long before = runtime.gradients().traffic().sentBytes();
                    reduction.complete(List.of(state.parameter("head")));
                    reduction.beginStretch();
                    reduction.beginStretch();
                    reduction.complete(List.of(state.parameter("a.qkv"), state.parameter("a.out")));
                    reduction.beginStretch();
                    reduction.beginStretch();
                    reduction.complete(List.of(state.parameter("norm")));
                    reduction.finish();

                    assertThat(state.denseGradient().toArray(JAVA_FLOAT)).isEqualTo(expected);
                    assertThat(runtime.gradients().traffic().sentBytes() > before)
                            .isEqualTo(runtime.size() > 1);
                }
            }
            return null;
        });
    }

    private static float[] sumOfAll(RankRuntime runtime, TrainingState state, int step) {
        fill(runtime, state, step);
        runtime.tokens().allReduce(state.denseGradient()).await();
        return state.denseGradient().toArray(JAVA_FLOAT);
    }

    private static void fill(RankRuntime runtime, TrainingState state, int step) {
        SplittableRandom random = new SplittableRandom(31L * step + runtime.rank());
        MemorySegment gradient = state.denseGradient();
        for (long i = 0; i < state.dense().count(); i++) {
            gradient.setAtIndex(JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
    }
}
