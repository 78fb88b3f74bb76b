package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.gpt.TokenFlops;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointNames;
import io.witan.runtime.state.ParameterSpec;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts a model's parts knows shared experts, and nothing of a model without them has changed. */
class SharedExpertsTest {
    private static final int VOCABULARY = 100;
    private static final Recipe NONE = SameNumbersTest.recipe();
    private static final Recipe THREE = SameNumbersTest.recipe("model.shared_experts=3");

    private static List<ParameterSpec> declared(Recipe recipe) {
        return GptMoeTensors.declare(recipe.model(), VOCABULARY);
    }

    private static List<String> names(Recipe recipe) {
        return declared(recipe).stream().map(ParameterSpec::name).toList();
    }

    @Test
    void shouldAddDenseTensors() {
        List<ParameterSpec> added = declared(THREE).stream()
                .filter(spec -> !names(NONE).contains(spec.name()))
                .toList();

        assertThat(added)
                .extracting(ParameterSpec::name)
                .containsExactly(
                        "layers.0.shared_experts.w1",
                        "layers.0.shared_experts.w3",
                        "layers.0.shared_experts.w2",
                        "layers.1.shared_experts.w1",
                        "layers.1.shared_experts.w3",
                        "layers.1.shared_experts.w2");
        assertThat(added).noneMatch(ParameterSpec::isExpert).allMatch(spec -> spec.count() == 3 * 48 * 32);
        assertThat(added.get(1).shape()).containsExactly(3 * 48, 32);
        assertThat(added.get(2).shape()).containsExactly(32, 3 * 48);
        assertThat(names(THREE)).containsAll(names(NONE)).hasSize(names(NONE).size() + 6);
    }

    @Test
    void shouldTellModelsApart() {
        assertThat(NONE.model().fingerprint(VOCABULARY))
                .isEqualTo(
                        "gpt-moe d=32 layers=2 heads=2 seq=32 experts=6 ff=48 top_k=2 swiglu rotary rmsnorm vocab=100");
        assertThat(THREE.model().fingerprint(VOCABULARY)).contains(" rmsnorm shared=3 vocab=100");
    }

    @Test
    void shouldCountTheirWorkAndMemory() {
        TokenFlops none = TokenFlops.of(NONE.model(), VOCABULARY);
        TokenFlops three = TokenFlops.of(THREE.model(), VOCABULARY);
        long ofAToken = 2L * 2 * 3 * 3 * 48 * 32;

        assertThat(three.experts()).isEqualTo(none.experts());
        assertThat(three.other() - none.other()).isEqualTo(ofAToken);
        assertThat(new RankBatch(NONE, 2).even(VOCABULARY).sharedHidden()).isZero();
        assertThat(new RankBatch(THREE, 2).even(VOCABULARY).sharedHidden()).isEqualTo(3 * 48);
    }

    /** After one step the first moment is the gradient times (1 - beta1). */
    @Test
    void shouldGetGradientsAndBeSaved(@TempDir Path folder) {
        Recipe one = SameNumbersTest.recipe("model.shared_experts=3", "train.stop_after=1");
        TrainedRanks.train(one, Topology.of(2), folder);

        try (Checkpoint saved = Checkpoint.openUnverified(RunStorage.checkpoints(folder));
                Arena arena = Arena.ofConfined()) {
            for (ParameterSpec spec : declared(THREE)) {
                if (spec.name().contains(".shared_experts.")) {
                    MemorySegment moment = arena.allocate(spec.count() * Float.BYTES, Float.BYTES);
                    saved.read(CheckpointNames.firstMoment(spec.name()), moment);
                    assertThat(moment.toArray(ValueLayout.JAVA_FLOAT))
                            .as(spec.name())
                            .doesNotContain(0f);
                }
            }
        }
        assertThatThrownBy(() -> TrainedRanks.resume(NONE, Topology.of(2), folder.resolve("new"), folder))
                .hasMessageContaining("model differs")
                .hasMessageContaining("shared=3");
    }
}
