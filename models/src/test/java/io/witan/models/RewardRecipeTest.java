package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.TrainedRanks.History;
import io.witan.models.family.EndReport;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.data.DataException;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recipe {@code dmoerm} in small: bound, trained and reported as any recipe. */
class RewardRecipeTest {
    private static final int STEPS = 12;
    /** Of all six phases. */
    private static final String LONG = "train.steps=50";

    private static Trained alone;

    private static ConfigTree tree(String... settings) {
        ConfigTree tree = Recipes.load("dmoerm");
        for (String setting : List.of(
                "model.d_model=16",
                "model.heads=2",
                "model.d_ff=16",
                "dmoerm.lora_rank=2",
                "dmoerm.router_width=8",
                "dmoerm.pairs=160",
                "dmoerm.validation_pairs=16",
                "dmoerm.test_pairs=40",
                "train.steps=" + STEPS,
                "train.global_batch=8",
                "train.accumulation=2",
                "train.warmup_steps=1",
                "train.eval_interval=0")) {
            tree = tree.set(setting, "--set");
        }
        for (String setting : settings) {
            tree = tree.set(setting, "--set");
        }
        return tree;
    }

    static Recipe recipe(String... settings) {
        return Recipes.bind(tree(settings));
    }

    private record Trained(History history, EndReport report) {}

    private static Trained train(Recipe recipe, int ranks) {
        List<EndReport> reports = new ArrayList<>();
        History history = TrainedRanks.train(recipe, Topology.of(ranks), null, (run, rank, recorder) -> {
            run.train(recorder, () -> false);
            run.report().filter(_ -> rank == 0).ifPresent(reports::add);
        });
        return new Trained(history, reports.getFirst());
    }

    @BeforeAll
    static void trainAlone() {
        alone = train(recipe(LONG), 1);
        assertThat(alone.history.losses()).hasSize(50);
    }

    /** With five ranks a micro-batch of four pairs leaves one without. */
    @ParameterizedTest
    @CsvSource({"2, ep", "2, fssdp", "4, ep", "4, fssdp", "5, fssdp"})
    void ranksShouldTrainAndReportAsOne(int ranks, String policy) {
        Trained together = train(recipe(LONG, "parallel.policy=" + policy), ranks);

        SameHistory.assertSame(together.history, alone.history, 0);
        assertThat(SameHistory.copiedBytes(together.history) > 0).isEqualTo(policy.equals("fssdp"));
        assertThat(together.report.file()).isEqualTo("reward.json");
        assertThat(together.report.json().at("/models/bag of words"))
                .isEqualTo(alone.report.json().at("/models/bag of words"));
        for (String model : List.of("router and experts", "one dense model", "base model alone")) {
            String at = "/models/" + model + "/all/";
            assertThat(together.report.json().at(at + "pairs").intValue()).isBetween(40, 45);
            assertThat(together.report.json().at(at + "share").doubleValue())
                    .isCloseTo(alone.report.json().at(at + "share").doubleValue(), within(0.03));
        }
        assertThat(together.report.lines()).anyMatch(line -> line.startsWith("router and experts"));
        int tied = together.report.json().at("/models/bag of words/tied").intValue();
        assertThat(tied).isPositive();
        assertThat(together.report.lines())
                .contains("bag of words ties " + tied + " pairs, which count as ordered wrongly");
    }

    @Test
    void shouldBindAndBeWrittenOutAgain() {
        Recipe recipe = recipe();
        String yaml = ConfigBinder.toTree(recipe).toYaml();
        assertThat(Recipes.bind(ConfigTree.parse(yaml, "written"))).isEqualTo(recipe);
        assertThat(Families.of(recipe).name()).isEqualTo("dmoerm");
        assertThat(Families.of(recipe).fingerprint())
                .isEqualTo(Families.of(recipe()).fingerprint());
        assertThat(Families.of(recipe).fingerprint())
                .isNotEqualTo(
                        Families.of(recipe("dmoerm.attention=bidirectional")).fingerprint());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.experts=8 | dmoerm needs model.experts 27",
                "model.top_k=2 | dmoerm needs model.top_k 1",
                "model.positions=rotary | dmoerm needs model.positions learned",
                "model.gate.score=sigmoid | no model.gate",
                "dmoerm.router_width=7 | multiple of model.heads",
                "parallel.expert_sharding=2 | parallel.expert_sharding must be 1, got 2",
                "parallel.device=cuda | parallel.device must be host",
                "dmoerm.source=hh | dmoerm.source hh needs dmoerm.path",
                "train.steps=5 | train.steps 5 must be enough"
            })
    void shouldRefuseWhatDoesNotFitInOneLine(String setting, String says) {
        assertThatThrownBy(() -> Families.of(recipe(setting)).phases())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(says)
                .message()
                .doesNotContain("\n");
    }

    /** Real pairs have no labels of points, and so no phase of points. */
    @Test
    void shouldTrainOnPairsOfAFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("pairs.jsonl");
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            rows.append("{\"chosen\": \"\\n\\nHuman: q%d\\n\\nAssistant: yes\", ".formatted(i))
                    .append("\"rejected\": \"\\n\\nHuman: q%d\\n\\nAssistant: no\"}\n".formatted(i));
        }
        Files.writeString(file, rows);
        Recipe recipe = recipe("dmoerm.source=hh", "dmoerm.path=" + file, "dmoerm.test_pairs=10");
        Trained trained = train(recipe, 2);
        assertThat(trained.history.losses()).hasSize(STEPS).allMatch(Double::isFinite);
        assertThat(trained.report.json().at("/label").textValue()).isEqualTo("observed");
        assertThat(Families.of(recipe).phases().parts()).hasSize(5);

        Recipe missing = recipe("dmoerm.source=hh", "dmoerm.path=" + folder.resolve("none.jsonl"));
        assertThatThrownBy(() -> Families.of(missing).phases())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.jsonl");
    }
}
