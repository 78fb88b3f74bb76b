package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.TrainedRanks.History;
import io.witan.models.family.EndReport;
import io.witan.models.jiuzhang.SmallProblems;
import io.witan.models.jiuzhang.data.ProblemFile;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The built-in recipe, made small, as a run. */
class JiuZhangRecipeTest {
    private static final Topology TWO = Topology.of(2);

    @TempDir
    private static Path problems;

    @BeforeAll
    static void write() {
        SmallProblems.write(problems);
    }

    private static Recipe recipe(String... changes) {
        return recipe(problems, changes);
    }

    /** @param folder of {@link SmallProblems} */
    static Recipe recipe(Path folder, String... changes) {
        List<String> small = new ArrayList<>(List.of(
                "model.d_model=16",
                "model.heads=2",
                "model.seq_len=48",
                "model.experts=4",
                "model.d_ff=16",
                "data.validation_fraction=0.2",
                "train.steps=8",
                "train.global_batch=6",
                "train.accumulation=2",
                "train.warmup_steps=1",
                "train.eval_interval=2",
                "jiuzhang.words=500",
                "jiuzhang.decoder_ff=16",
                "jiuzhang.level_english=2",
                "jiuzhang.choice_questions=40",
                "jiuzhang.masked_steps=2",
                "jiuzhang.logic_steps=2",
                "jiuzhang.checking_steps=2",
                "jiuzhang.tuning_steps=2",
                "jiuzhang.validation_rows=13",
                "jiuzhang.report_rows=8",
                "jiuzhang.written_rows=4"));
        small.addAll(List.of(changes));
        ConfigTree tree = Recipes.load("jiuzhang")
                .setText("data.source", "file", "--data")
                .setText("data.path", folder.toString(), "--data");
        for (String change : small) {
            tree = tree.set(change, "--set");
        }
        return Recipes.bind(tree);
    }

    /** Fifty steps of all phases. A micro-batch has three rows, so that one of four ranks has none. */
    private static Recipe longer(String policy) {
        return recipe(
                "train.steps=50",
                "jiuzhang.masked_steps=13",
                "jiuzhang.logic_steps=12",
                "jiuzhang.checking_steps=13",
                "jiuzhang.tuning_steps=12",
                "train.eval_interval=0",
                "parallel.policy=" + policy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ep", "fssdp"})
    void ranksShouldTrainAsOne(String policy) {
        History alone = TrainedRanks.train(longer(policy), Topology.of(1), (Path) null);
        assertThat(alone.losses()).hasSize(50);
        for (int ranks : new int[] {2, 4}) {
            History together = TrainedRanks.train(longer(policy), Topology.of(ranks), (Path) null);
            SameHistory.assertSame(together, alone, 0);
            assertThat(SameHistory.copiedBytes(together) > 0).isEqualTo(policy.equals("fssdp"));
        }
    }

    @Test
    void shouldGoOnInTheMiddleOfAnyPhase(@TempDir Path folder) {
        History whole = TrainedRanks.train(recipe(), TWO, (Path) null);
        for (int step : new int[] {1, 5, 6}) {
            Path out = folder.resolve("stopped-" + step);
            TrainedRanks.train(recipe("train.stop_after=" + step), TWO, out);
            History rest = TrainedRanks.resume(recipe(), TWO, out, out);
            assertThat(rest.losses()).isEqualTo(whole.losses().subList(step, 8));
            assertThat(rest.norms()).isEqualTo(whole.norms().subList(step, 8));
        }
    }

    @Test
    void shouldTrainAlikeWithExpertsInShards() {
        History whole = TrainedRanks.train(recipe(), TWO, (Path) null);
        History sharded = TrainedRanks.train(recipe("parallel.expert_sharding=2"), TWO, (Path) null);
        for (int step = 0; step < 8; step++) {
            assertThat(sharded.losses().get(step)).isCloseTo(whole.losses().get(step), within(1e-3));
        }
    }

    @Test
    void shouldReportEveryTask() {
        List<EndReport> reports = Collections.synchronizedList(new ArrayList<>());
        TrainedRanks.train(recipe(), TWO, null, (run, rank, recorder) -> {
            run.train(recorder, () -> false);
            EndReport report = run.report().orElseThrow();
            if (rank == 0) {
                reports.add(report);
            }
        });
        EndReport report = reports.getFirst();
        assertThat(report.file()).isEqualTo("report.json");
        List<String> names = report.json().path("measures").findValuesAsText("name");
        assertThat(names.stream().filter(name -> !name.startsWith("multiple choice, generated arithmetic, ")))
                .hasSize(9);
        assertThat(names).anyMatch(name -> name.startsWith("multiple choice, generated arithmetic, "));
        report.json()
                .path("measures")
                .forEach(measure -> assertThat(measure.path("rows").intValue()).isPositive());
        assertThat(report.json().path("expert_loads").findValuesAsText("task"))
                .contains("masked", "denoising", "checking");
        assertThat(report.lines()).hasSizeGreaterThan(9).noneMatch(line -> line.contains("NaN"));
    }

    /** Another thing has its id. */
    @Test
    void shouldNotBeginWithTheWordsOfOtherProblems(@TempDir Path folder) throws IOException {
        Path other = SmallProblems.write(folder.resolve("other"));
        for (ProblemFile file : ProblemFile.values()) {
            Path path = other.resolve(file.path());
            Files.writeString(path, Files.readString(path).replace("apples", "plums"));
        }
        Path run = folder.resolve("run");
        TrainedRanks.train(recipe("train.stop_after=1"), Topology.of(1), run);

        History same = TrainedRanks.train(
                recipe("train.stop_after=1", "checkpoint.init_from=" + run), Topology.of(1), (Path) null);
        assertThat(same.losses()).hasSize(1);
        assertThatThrownBy(() ->
                        TrainedRanks.train(recipe(other, "checkpoint.init_from=" + run), Topology.of(1), (Path) null))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer differs");
    }

    @Test
    void shouldRefuseAnEncoderThatItCannotBuild() {
        assertThatThrownBy(() -> Families.of(recipe("model.positions=rotary")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("section jiuzhang: model.positions must be learned");
        assertThatThrownBy(() -> Families.of(recipe("model.gate.task.count=3")))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("section jiuzhang: model.gate.task.count must be at least 9, the tasks masked");
    }
}
