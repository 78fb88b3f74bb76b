package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.TrainedRanks.History;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineChoiceTest {
    private static final long SHARED_BYTES = 8 << 20;

    /** What a rank chose, and what it tells of it. */
    private record Chosen(PipelineDegrees degrees, List<String> description) {
        String origin() {
            return description.getFirst();
        }

        List<String> rest() {
            return description.subList(1, description.size());
        }
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"fssdp", "sharded-experts"})
    void shouldChooseAlikeOnAllRanksAndLeaveTrainingAsItIs(String policy) {
        Recipe recipe = SameNumbersTest.recipe("parallel.policy=" + policy, "train.steps=4");
        Map<Integer, Chosen> chosen = new ConcurrentHashMap<>();
        History plain = TrainedRanks.train(recipe, Topology.of(2), null);
        History asked = TrainedRanks.train(recipe, Topology.of(2), null, (run, rank, recorder) -> {
            assertThat(run.pipeline().description()).isEmpty();
            chosen.put(rank, choice(run));
            assertThat(run.description()).containsAll(chosen.get(rank).description());
            run.train(recorder, () -> false);
        });

        assertThat(chosen).hasSize(2);
        assertThat(chosen.get(0)).isEqualTo(chosen.get(1));
        assertThat(chosen.get(0).description()).hasSize(11);
        assertThat(chosen.get(0).description().getLast())
                .contains("r = " + chosen.get(0).degrees().forward() + " forward");
        assertThat(asked.losses()).isEqualTo(plain.losses());
        assertThat(asked.norms()).isEqualTo(plain.norms());
    }

    @Test
    void shouldChooseAlikeOnRealRanks() throws IOException {
        Map<Integer, Chosen> chosen = new ConcurrentHashMap<>();
        TrainedRanks.trainOnNodes(
                SameNumbersTest.recipe("train.steps=2"), Topology.of(2), null, SHARED_BYTES, (run, rank, recorder) -> {
                    chosen.put(rank, choice(run));
                    run.train(recorder, () -> false);
                });

        assertThat(chosen.get(0)).isEqualTo(chosen.get(1));
    }

    @Test
    void shouldMeasureNothingForOneRank() {
        TrainedRanks.train(SameNumbersTest.recipe("train.steps=1"), Topology.of(1), null, (run, _, _) -> {
            assertThat(run.pipeline().degrees()).isEqualTo(PipelineDegrees.SERIAL);
            assertThat(run.pipeline().description()).isEmpty();
        });
    }

    /** Two measurements are never alike in all their digits. */
    @Test
    void shouldMeasureOnceForTheSameShapesAndRanks() {
        Path file = folder.resolve("profiles");
        Recipe recipe = SameNumbersTest.recipe();
        Chosen first = choice(recipe, Topology.of(2), file);
        Chosen second = choice(recipe, Topology.of(2), file);

        assertThat(first.origin()).startsWith("costs, measured ");
        assertThat(second.origin()).startsWith("costs, measured by an earlier run");
        assertThat(second.rest()).isEqualTo(first.rest());
        assertThat(second.degrees()).isEqualTo(first.degrees());

        Recipe wider = SameNumbersTest.recipe("model.d_ff=64");
        Recipe otherWay = SameNumbersTest.recipe("parallel.all_to_all=two_level");
        for (Chosen other : List.of(
                choice(wider, Topology.of(2), file),
                choice(otherWay, Topology.of(2), file),
                choice(recipe, Topology.of(1, 1), file))) {
            assertThat(other.origin()).doesNotContain("earlier");
            assertThat(other.rest()).isNotEqualTo(first.rest());
        }
    }

    private static Chosen choice(Recipe recipe, Topology topology, Path file) {
        Map<Integer, Chosen> chosen = new ConcurrentHashMap<>();
        TrainedRanks.trainWithCosts(recipe, topology, file, (run, rank, _) -> chosen.put(rank, choice(run)));
        return chosen.get(0);
    }

    private static Chosen choice(TrainingRun run) {
        PipelineDegrees degrees = run.pipeline().degrees();
        List<String> description = new ArrayList<>(run.profile().description());
        run.pipeline().description().ifPresent(description::add);
        return new Chosen(degrees, description);
    }
}
