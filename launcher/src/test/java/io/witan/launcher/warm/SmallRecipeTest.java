package io.witan.launcher.warm;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SmallRecipeTest {
    static Stream<String> builtIn() {
        return Recipes.BUILT_IN.stream();
    }

    /** Those that read a file do not name it. */
    private static ConfigTree load(String name) {
        ConfigTree tree = Recipes.load(name);
        return tree.section("data").text("source").orElse("").equals("file")
                ? tree.set("data.path=rows.jsonl", "test")
                : tree;
    }

    private static Recipe small(String name, String... changes) {
        ConfigTree tree = load(name);
        for (String change : changes) {
            tree = tree.set(change, "test");
        }
        return SmallRecipe.of(ConfigBinder.toTree(Recipes.bind(tree)));
    }

    @ParameterizedTest
    @MethodSource("builtIn")
    void everyRecipeCanBeMadeSmall(String name) {
        Recipe small = small(name);
        small.requireRanks(Topology.of(2));
        assertThat(small.model().layers()).isLessThanOrEqualTo(2);
        assertThat(small.train().globalBatch()).isEqualTo(2);
        assertThat(small.model().dModel())
                .isEqualTo(Recipes.bind(load(name)).model().dModel());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "parallel.overlap_degree=auto",
                "parallel.memory_capacity=auto",
                "parallel.pipeline.forward=auto",
                "parallel.gradients.release=planned",
                "parallel.policy=shadow",
                "parallel.reshard_interval=5",
                "parallel.planner=scored",
                "parallel.calibration=on"
            })
    void nothingIsLeftToBeMeasured(String open) {
        ConfigTree tree = ConfigBinder.toTree(small("tiny", open));
        assertThat(List.of(
                        tree.section("parallel").text("overlap_degree").orElseThrow(),
                        tree.section("parallel").text("memory_capacity").orElseThrow(),
                        tree.section("parallel")
                                .section("pipeline")
                                .text("forward")
                                .orElseThrow(),
                        tree.section("parallel").text("reshard_interval").orElseThrow(),
                        tree.section("parallel").text("planner").orElseThrow(),
                        tree.section("parallel").text("calibration").orElseThrow(),
                        tree.section("parallel").text("policy").orElseThrow()))
                .containsExactly("2", "2", "1", "0", "algorithm1", "off", "fssdp");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.layers=1",
                "train.accumulation=4",
                "routing.force_skew=zipf:1.2",
                "parallel.expert_sharding=4",
                "checkpoint.init_from=/nowhere",
                "parallel.policy=ep"
            })
    void whatARunMaySetCanBeMadeSmall(String setting) {
        Recipe small = small("tiny", setting);
        small.requireRanks(Topology.of(2));
        assertThat(small.imposedRouting()).isEmpty();
        assertThat(small.checkpoint().initFrom()).isEmpty();
    }
}
