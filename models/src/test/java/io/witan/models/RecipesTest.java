package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.scheduler.plan.Topology;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipesTest {
    @ParameterizedTest
    @ValueSource(strings = {"tiny", "gsm8k", "peer", "skew", "skew32", "memory", "dmoerm", "ul2"})
    void shouldBindBuiltInRecipesAndWriteThemOutAgain(String name) {
        ConfigTree tree = Recipes.load(name).set("data.source=lcg", "--set");
        Recipe recipe = Recipes.bind(tree);
        String yaml = ConfigBinder.toTree(recipe).toYaml();

        assertThat(Recipes.bind(ConfigTree.parse(yaml, "written"))).isEqualTo(recipe);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.d_modle=3 | model.d_modle is not a key | model.d_model",
                "train.steps=ten | train.steps must be | \"ten\"",
                "model.heads=3 | model.d_model 128 | model.heads 3",
                "model.top_k=9 | model.top_k 9 | model.experts 8",
                "model.shared_experts=-1 | model.shared_experts must be | -1",
                "model.shared_experts=9000000 | model.shared_experts 9000000 times model.d_ff 256 | 0 to 2147483647",
                "train.accumulation=3 | train.global_batch 8 | train.accumulation 3",
                "routing.force_skew='zipf:-1' | routing: skew \"zipf:-1\": S is | zipf:S[,drift=D]",
                "parallel.policy=magic | parallel.policy must be | fssdp"
            })
    void shouldRefuseBadSettingsInOneLine(String setting, String says, String andSays) {
        assertThatThrownBy(() -> Recipes.bind(Recipes.load("tiny").set(setting, "--set")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(says)
                .hasMessageContaining(andSays)
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({"model.d_model=12, 12, 256", "model.d_ff=20, 128, 20"})
    void shouldRefuseWidthsThatBf16OnAGpuCannotHave(String setting, int width, int hidden) {
        ConfigTree tree = Recipes.load("tiny")
                .set("parallel.device=cuda", "--set")
                .set("model.heads=2", "--set")
                .set(setting, "--set");
        assertThatThrownBy(() -> Recipes.bind(tree))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--set " + setting)
                .hasMessageContaining("parallel.device cuda with parallel.precision bf16 needs multiples of 8 as"
                        + " model.d_model and model.d_ff, got model.d_model " + width + " and model.d_ff " + hidden
                        + "; parallel.precision fp32 takes any");
        Recipes.bind(tree.set("parallel.precision=fp32", "--set"));
        Recipes.bind(tree.set("parallel.device=host", "--set"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    model.gate.groups=2 model.gate.group_limit=3 | model.gate.group_limit 3 must not exceed model.gate.groups 2
                    model.gate.groups=3 | model.gate.groups 3 must divide model.experts 8
                    model.gate.groups=8 | model.gate.group_limit 1 groups of 1 experts have fewer than model.top_k 2
                    model.gate.select=expert_choice | model.gate.capacity_factor
                    model.gate.select=expert_choice model.gate.capacity_factor=1 | needs model.gate_weights probability
                    model.gate.select=soft parallel.all_to_all=deduplicated | parallel.all_to_all may be flat
                    model.gate.select=soft model.gate.score=sigmoid | leave model.gate.score at its default
                    model.gate.bias_rate=2 | model.gate.bias_rate
                    model.gate.task.by=bias | model.gate.task.by needs model.gate.task.count of 1 or more, got 0
                    model.gate.task.by=bias model.gate.task.count=2 | model.gate.task.by bias needs data.tasks, which has none
                    model.gate.task.by=router model.gate.task.count=1 data.tasks=[{name:~a},{name:~b}] | model.gate.task.count 1 must be at least 2, as data.tasks has a, b
                    model.gate.task.by=router model.gate.task.count=1 model.gate.select=soft | leave model.gate.task.by at its default
                    sample.task=verse | sample.task verse is not in data.tasks, which has none
                    sample.task=verse data.tasks=[{name:~a}] | sample.task verse is not in data.tasks, which has a
                    model.gate.bias_rate=0.1 routing.force_skew=zipf:1 | routing.force_skew and routing.replay_loads
                    parallel.pipeline.forward=3 parallel.pipeline.backward=2 | one of forward 3 and backward 2 must divide the other
                    parallel.pipeline.forward=65 | parallel.pipeline.forward
                    parallel.pipeline.backward=2 parallel.pipeline.forward=auto | which must be 0, got 2
                    parallel.pipeline.forward=auto parallel.all_to_all=deduplicated | parallel.pipeline.forward auto goes by times of rows that are all different; with parallel.all_to_all deduplicated it must be a number
                    parallel.device=cuda parallel.pipeline.forward=2 | forward and backward must be 1, got forward 2, backward 0
                    parallel.device=cuda parallel.pipeline.forward=auto | must be 1, got forward auto, backward 0
                    """)
    void shouldRefuseKeysThatDoNotFit(String settings, String message) {
        ConfigTree tree = Recipes.load("tiny");
        for (String setting : settings.split(" ")) {
            tree = tree.set(setting.replace("~", " "), "--set");
        }
        ConfigTree given = tree;
        assertThatThrownBy(() -> Recipes.bind(given))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void shouldBindTheRecipeOfTasksAndWriteItOutAgain() {
        Recipe recipe = Recipes.bind(Recipes.load("tasks"));
        assertThat(recipe.data().taskNames()).containsExactly("counting", "measure");
        assertThat(recipe.model().fingerprint(257)).contains(" task_embedding=2x32 ");
        String yaml = ConfigBinder.toTree(recipe).toYaml();
        assertThat(Recipes.bind(ConfigTree.parse(yaml, "written"))).isEqualTo(recipe);
        assertThatThrownBy(() -> Recipes.bind(Recipes.load("tasks")
                        .setText("data.source", "file", "--data")
                        .setText("data.path", "x", "--data")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--data")
                .hasMessageContaining("tasks have sources of their own");
    }

    /** A rank alone, whose layer has fewer experts, stands for one of several. */
    @Test
    void shouldPlanModelsWhoseGateGroupsExperts() {
        Recipe grouped = Recipes.bind(
                Recipes.load("tiny").set("model.gate.groups=4", "--set").set("model.gate.group_limit=2", "--set"));
        assertThat(new StepCalibration.Cut(grouped, 3, 1, null)
                        .recipe(1, 1, 1, 6, "0")
                        .model()
                        .experts())
                .isEqualTo(3);
    }

    @Test
    void shouldNameBuiltInRecipesWhenThereIsNoSuchFile() {
        assertThatThrownBy(() -> Recipes.load("tyni")).hasMessageContaining("tiny, gsm8k, peer, skew, skew32, memory");
    }

    @Test
    void shouldRefuseMoreRanksThanRowsOrExpertSlots() {
        Recipe recipe = Recipes.bind(Recipes.load("tiny"));

        assertThatThrownBy(() -> recipe.requireRanks(Topology.of(9))).hasMessageContaining("8 rows");
        Recipe narrow =
                Recipes.bind(Recipes.load("tiny").set("model.layers=1", "--set").set("model.experts=2", "--set"));
        assertThatThrownBy(() -> narrow.requireRanks(Topology.of(3))).hasMessageContaining("2 expert slots");
        recipe.requireRanks(Topology.of(8));
    }
}
