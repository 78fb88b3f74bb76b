package io.witan.models.dmoerm;

import static io.witan.models.dmoerm.TrainedRewards.OF_PHASE;
import static io.witan.models.dmoerm.TrainedRewards.STEPS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.dmoerm.TrainedRewards.History;
import io.witan.models.dmoerm.TrainedRewards.Watch;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All phases of a small reward model: on more ranks as on one, frozen tensors with every bit, and resumed as if never stopped. */
class RewardTrainingTest {
    private static final double RELATIVE = 1e-4;

    @ParameterizedTest
    @CsvSource({"1, FSSDP", "2, EP", "2, FSSDP", "4, EP", "4, FSSDP"})
    void ranksShouldTrainLikeOne(int ranks, NamedPolicy policy) {
        History alone = TrainedRewards.train(1, NamedPolicy.EP, null, 0, false, Watch.NONE);
        History together = TrainedRewards.train(ranks, policy, null, 0, false, Watch.NONE);

        assertThat(together.steps()).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            double expected = alone.losses().get(i);
            assertThat(together.losses().get(i)).as("step %d", i + 1).isCloseTo(expected, within(RELATIVE * expected));
        }
        for (int i = 0; i < alone.validations().size(); i++) {
            double expected = alone.validations().get(i);
            assertThat(together.validations().get(i)).isCloseTo(expected, within(RELATIVE * expected));
        }
        assertThat(alone.validations()).hasSize(Stage.values().length);
    }

    /** Bits of every tensor, dense ones and experts, after each step of one rank. */
    private static final class Bits implements Watch {
        private final List<Map<String, int[]>> afterStep = new ArrayList<>();

        @Override
        public void after(long step, TrainingState state) {
            Map<String, int[]> bits = new HashMap<>();
            for (ParameterSpec spec : TrainedRewards.specs()) {
                MemorySegment values = spec.isExpert() ? expert(state, spec) : dense(state, spec);
                bits.put(
                        spec.name(),
                        values.asSlice(0, spec.count() * Float.BYTES).toArray(ValueLayout.JAVA_INT));
            }
            afterStep.add(bits);
        }

        private static MemorySegment dense(TrainingState state, ParameterSpec spec) {
            return state.parameter(spec.name()).value();
        }

        /** A tensor in its expert's chunk: a before b. */
        private static MemorySegment expert(TrainingState state, ParameterSpec spec) {
            StateEntry entry = state.expert(spec.layer(), spec.expert());
            long before = spec.name().endsWith(".b") ? entry.count() - spec.count() : 0;
            return entry.slot(state.activeSlot()).parameter().asSlice(before * Float.BYTES);
        }
    }

    @Test
    void aPhaseShouldTrainItsOwnTensorsAlone() {
        Bits bits = new Bits();
        TrainedRewards.train(1, NamedPolicy.EP, null, 0, false, bits);

        for (Stage stage : Stage.values()) {
            Map<String, int[]> before = bits.afterStep.get(stage.ordinal() * OF_PHASE);
            Map<String, int[]> after = bits.afterStep.get((stage.ordinal() + 1) * OF_PHASE);
            int changed = 0;
            for (ParameterSpec spec : TrainedRewards.specs()) {
                String name = spec.name();
                if (RewardTensors.trained(stage).test(spec)) {
                    changed += Arrays.equals(after.get(name), before.get(name)) ? 0 : 1;
                } else {
                    assertThat(after.get(name))
                            .as("%s in phase %s", name, stage.key())
                            .containsExactly(before.get(name));
                }
            }
            assertThat(changed)
                    .as("tensors of phase %s that changed", stage.key())
                    .isPositive();
        }
    }

    @Test
    void allTensorsShouldBeTrainedInSomePhase() {
        assertThat(TrainedRewards.specs()).allMatch(spec -> {
            int phases = 0;
            for (Stage stage : Stage.values()) {
                phases += RewardTensors.trained(stage).test(spec) ? 1 : 0;
            }
            return phases > 0;
        });
    }

    /** In the middle of each phase, and where one ends. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 8, 10, 13, 16})
    void shouldResumeBitForBit(int stop, @TempDir Path folder) {
        History whole = TrainedRewards.train(2, NamedPolicy.FSSDP, null, 0, false, Watch.NONE);
        TrainedRewards.train(2, NamedPolicy.FSSDP, folder, stop, false, Watch.NONE);
        History rest = TrainedRewards.train(2, NamedPolicy.FSSDP, folder, 0, true, Watch.NONE);

        assertThat(rest.losses()).isEqualTo(whole.losses().subList(stop, STEPS));
        assertThat(rest.validations().getLast()).isEqualTo(whole.validations().getLast());
    }
}
