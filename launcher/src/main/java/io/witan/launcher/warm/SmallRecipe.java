package io.witan.launcher.warm;

import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.runtime.config.ConfigTree;
import java.util.List;
import java.util.Set;

/** A recipe made small, of the same kind: few layers and rows, on the host, with no number left to be measured. */
final class SmallRecipe {
    private static final int LAYERS = 2;
    private static final int ROWS = 2;
    private static final String COPIES = "2";
    private static final Set<String> NEED_NO_COSTS = Set.of("ep", "fssdp");
    private static final List<String> CHANGES = List.of(
            "train.global_batch=" + ROWS,
            "train.accumulation=1",
            "train.eval_interval=0",
            "train.stop_after=0",
            "checkpoint.interval=0",
            "checkpoint.init_from=",
            "checkpoint.vault_folder=",
            "checkpoint.peer_copy_steps=0",
            "routing.force_skew=",
            "routing.replay_loads=",
            "parallel.device=host",
            "parallel.expert_sharding=1",
            "parallel.planner=algorithm1",
            "parallel.calibration=off",
            "parallel.reshard_interval=0",
            "parallel.gradients.release=eager",
            "parallel.gradients.window_bytes=");

    private SmallRecipe() {}

    /** @param resolved configuration of a run, with all of its keys */
    static Recipe of(ConfigTree resolved) {
        ConfigTree parallel = resolved.section("parallel");
        ConfigTree tree = resolved;
        for (String change : CHANGES) {
            tree = set(tree, change);
        }
        tree = set(tree, "model.layers=" + Math.min(LAYERS, number(resolved.section("model"), "layers")));
        tree = known(tree, parallel, "parallel.overlap_degree", COPIES);
        tree = known(tree, parallel, "parallel.memory_capacity", COPIES);
        tree = known(tree, parallel.section("pipeline"), "parallel.pipeline.forward", "1");
        if (!NEED_NO_COSTS.contains(parallel.text("policy").orElse("fssdp"))) {
            tree = set(tree, "parallel.policy=fssdp");
        }
        return Recipes.bind(tree);
    }

    private static int number(ConfigTree section, String key) {
        return section.text(key).map(Integer::parseInt).orElse(LAYERS);
    }

    /** Where it is left to the run. */
    private static ConfigTree known(ConfigTree tree, ConfigTree section, String path, String number) {
        String key = path.substring(path.lastIndexOf('.') + 1);
        return section.text(key).orElse("").equals("auto") ? set(tree, path + "=" + number) : tree;
    }

    private static ConfigTree set(ConfigTree tree, String change) {
        return tree.set(change, "spare");
    }
}
