package io.witan.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigBinderTest {
    enum Gate {
        TOP_K,
        EXPERT_CHOICE
    }

    record Model(
            @Doc("width of the residual stream") @Range(min = 1) int dModel,
            @Default("4") @Range(min = 1, max = 64) int heads,
            @Default("top_k") Gate gate,
            @Default("[1, 2]") List<Integer> widths) {
        Model {
            if (dModel % heads != 0) {
                throw new IllegalArgumentException(
                        "d_model (" + dModel + ") must be a multiple of heads (" + heads + ")");
            }
        }
    }

    record Train(
            @Range(min = 1) int steps,
            @Default("3e-4") @Range(above = 0) double lr,
            @Default("1.5") float clip,
            @Default("9000000000") long budget,
            @Default("false") boolean recompute,
            Optional<String> note,
            @Default("") String tag) {}

    record Recipe(Model model, Train train, Optional<Model> second) {}

    private static final String YAML =
            """
            # a recipe
            model:
              d_model: 64
              heads: 8
            train:
              steps: 100   # short
              lr: 1e-3
            """;

    private static Recipe bind(ConfigTree tree) {
        return ConfigBinder.bind(tree, Recipe.class);
    }

    private static ConfigTree yaml() {
        return ConfigTree.parse(YAML, "recipes/x.yaml");
    }

    private static void assertRefused(ConfigTree tree, String message) {
        assertThatThrownBy(() -> bind(tree)).isInstanceOf(ConfigException.class).hasMessage(message);
    }

    private static void assertRefused(String yaml, String message) {
        assertThatThrownBy(() -> bind(ConfigTree.parse(yaml, "recipes/x.yaml")))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void bindsValuesAndDefaults() {
        Recipe recipe = bind(yaml());

        assertThat(recipe.model()).isEqualTo(new Model(64, 8, Gate.TOP_K, List.of(1, 2)));
        assertThat(recipe.train()).isEqualTo(new Train(100, 1e-3, 1.5f, 9_000_000_000L, false, Optional.empty(), ""));
        assertThat(recipe.second()).isEmpty();
    }

    @Test
    void overridesWinAndKeepTheRest() {
        Recipe recipe = bind(yaml().set("train.lr=0.5", "--set")
                .set("model.gate=expert_choice", "--set")
                .set("model.widths=[7]", "--set")
                .set("train.note=two words", "--set")
                .set("train.recompute=true", "--set")
                .setText("train.tag", "a: b #c", "--tag")
                .set("second.d_model=8", "--set"));

        assertThat(recipe.train().lr()).isEqualTo(0.5);
        assertThat(recipe.train().steps()).isEqualTo(100);
        assertThat(recipe.train().note()).contains("two words");
        assertThat(recipe.train().tag()).isEqualTo("a: b #c");
        assertThat(recipe.train().recompute()).isTrue();
        assertThat(recipe.model().gate()).isEqualTo(Gate.EXPERT_CHOICE);
        assertThat(recipe.model().widths()).containsExactly(7);
        assertThat(recipe.second().orElseThrow().dModel()).isEqualTo(8);
    }

    @Test
    void anEmptyOverridePutsTheDefaultBack() {
        assertThat(bind(yaml().set("train.lr=", "--set")).train().lr()).isEqualTo(3e-4);
    }

    @Test
    void overlayMergesSectionsKeyByKey() {
        ConfigTree over = ConfigTree.parse("train:\n  steps: 5\n", "mine.yaml");

        Recipe recipe = bind(yaml().overlay(over));

        assertThat(recipe.train().steps()).isEqualTo(5);
        assertThat(recipe.train().lr()).isEqualTo(1e-3);
        assertThat(recipe.model().heads()).isEqualTo(8);
    }

    @Test
    void unknownKeyNamesLineAndNearestKey() {
        assertRefused(
                "train:\n  steps: 1\nmodel:\n  d_modle: 64\n",
                "recipes/x.yaml:4: model.d_modle is not a key; nearest: model.d_model");
        assertRefused(yaml().set("lr=1", "--set"), "--set lr=1: lr is not a key; nearest: train.lr");
        assertRefused(
                yaml().set("model.zzzzzzzzzz=1", "--set"),
                "--set model.zzzzzzzzzz=1: model.zzzzzzzzzz is not a key; keys here: d_model, heads, gate, widths");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    train.steps=ten       | train.steps must be a whole number from 1 to 2147483647, got "ten"
                    train.steps=0         | train.steps must be a whole number from 1 to 2147483647, got "0"
                    train.steps=1.5       | train.steps must be a whole number from 1 to 2147483647, got "1.5"
                    train.steps=4294967297 | train.steps must be a whole number from 1 to 2147483647, got "4294967297"
                    train.steps="7"       | train.steps must be a whole number from 1 to 2147483647, got the quoted text "7"
                    train.steps=[1]       | train.steps must be a whole number from 1 to 2147483647, got a list
                    train.steps.x=1       | train.steps must be a whole number from 1 to 2147483647, got a section
                    train=3               | train must be a section, got "3"
                    train.lr=0            | train.lr must be a number above 0, got "0"
                    train.lr=1e999        | train.lr must be a number above 0, got "1e999"
                    train.lr=NaN          | train.lr must be a number above 0, got "NaN"
                    train.lr=1d           | train.lr must be a number above 0, got "1d"
                    train.recompute=yes   | train.recompute must be true or false, got "yes"
                    model.gate=best       | model.gate must be one of top_k, expert_choice, got "best"
                    model.heads=65        | model.heads must be a whole number from 1 to 64, got "65"
                    model.widths=3        | model.widths must be a list, each item a whole number from -2147483648 to 2147483647, got "3"
                    model.widths=[3, x]   | model.widths[1] must be a whole number from -2147483648 to 2147483647, got "x"
                    """)
    void illTypedValueNamesFlagKeyValueAndWhatIsAllowed(String assignment, String problem) {
        assertRefused(yaml().set(assignment, "--set"), "--set " + assignment + ": " + problem);
    }

    @Test
    void illTypedValueInAFileNamesItsLine() {
        assertRefused(
                YAML.replace("100 ", "many"),
                "recipes/x.yaml:6: train.steps must be a whole number from 1 to 2147483647, got \"many\"");
    }

    @Test
    void missingKeyNamesItsSection() {
        assertRefused(
                "train:\n  lr: 1\nmodel:\n  d_model: 4\n",
                "recipes/x.yaml:1: train.steps is missing; it must be a whole number from 1 to 2147483647");
        assertRefused(
                "train:\n  steps: 1\n",
                "recipes/x.yaml: model.d_model is missing; it must be a whole number from 1 to 2147483647");
    }

    @Test
    void aRecordsOwnRefusalNamesTheSectionAndTheOverridesInIt() {
        assertRefused(
                YAML.replace("heads: 8", "heads: 7"),
                "recipes/x.yaml:2: model: d_model (64) must be a multiple of heads (7)");
        assertRefused(
                yaml().set("model.heads=7", "--set"),
                "recipes/x.yaml:2 with --set model.heads=7: model: d_model (64) must be a multiple of heads (7)");
    }

    @Test
    void aSectionIsBoundAloneAndKeepsItsName() {
        assertThat(ConfigBinder.bind(yaml().section("train"), Train.class).steps())
                .isEqualTo(100);
        assertThatThrownBy(() -> ConfigBinder.bind(
                        ConfigTree.parse("train:\n  stepz: 1\n", "x.yaml").section("train"), Train.class))
                .hasMessage("x.yaml:2: train.stepz is not a key; nearest: train.steps");
    }

    @Test
    void describesEveryKey() {
        assertThat(ConfigBinder.describe(Recipe.class))
                .contains(
                        new KeyDescription(
                                "model.d_model",
                                "a whole number from 1 to 2147483647",
                                Optional.empty(),
                                true,
                                "width of the residual stream"),
                        new KeyDescription(
                                "model.gate", "one of top_k, expert_choice", Optional.of("top_k"), false, ""),
                        new KeyDescription("train.lr", "a number above 0", Optional.of("3e-4"), false, ""),
                        new KeyDescription("train.note", "a text", Optional.empty(), false, ""))
                .hasSize(15);
    }
}
