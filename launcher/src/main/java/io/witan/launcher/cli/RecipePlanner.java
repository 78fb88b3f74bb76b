package io.witan.launcher.cli;

import io.witan.collectives.DataPath;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.RunPlan;
import io.witan.launcher.RunPlanner;
import io.witan.launcher.TrainRequest;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.VaultPlace;
import io.witan.models.Families;
import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.RunStorage;
import io.witan.models.TrainedModel;
import io.witan.models.family.ModelFamily;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.train.TrainingPhases;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Resolves the configuration of {@code train}: recipe, then flags, then {@code --set}; and tries the data once. */
final class RecipePlanner implements RunPlanner {
    private static final String HEAP = "1g";
    private static final String RUN_CONFIG = "config.yaml";

    @Override
    public RunPlan plan(TrainRequest request) {
        ConfigTree tree = base(request);
        if (request.data().isPresent()) {
            tree = tree.setText("data.source", "file", "--data")
                    .setText("data.path", request.data().get().toString(), "--data");
        }
        tree = set(tree, "parallel.policy", "--policy", request.policy());
        if (request.steps().isPresent()) {
            tree = tree.set("train.steps=" + request.steps().getAsLong(), "--steps");
        }
        if (request.seed().isPresent()) {
            tree = tree.set("train.seed=" + request.seed().getAsLong(), "--seed");
        }
        if (request.routing().forceSkew().isPresent()) {
            tree = tree.setText(
                    "routing.force_skew", request.routing().forceSkew().get(), "--force-skew");
        }
        if (request.routing().replayLoads().isPresent()) {
            tree = tree.setText(
                    "routing.replay_loads",
                    request.routing().replayLoads().get().toString(),
                    "--replay-loads");
        }
        for (String override : request.overrides()) {
            tree = tree.set(override, "--set");
        }
        Recipe recipe = Recipes.bind(tree);
        recipe.requireRanks(request.topology());
        ModelFamily<?, ?> family = Families.of(recipe);
        recipe.requireFits(family);
        TrainingPhases<?> phases = family.phases();
        recipe.requireSteps(phases);
        if (request.resume().isEmpty()) {
            recipe.requireInitialWeights(family);
        }
        recipe.imposedRouting();
        Optional<String> lost = request.resume().flatMap(from -> new RunStorage(
                        recipe, request.out().orElse(null), request.out().flatMap(VaultPlace::of))
                .requireResumable(family, phases, from));
        String config = ConfigBinder.toTree(recipe).toYaml();
        return new RunPlan(
                name(request),
                config,
                HEAP,
                shmBytes(request.worldSize(), request.nodes()),
                recipe.parallel().sharding(),
                lost);
    }

    /** On each node, without registered buffers, which take what is left. Containers often have 64 MB in all. */
    static long shmBytes(int worldSize, int nodes) {
        int local = Math.ceilDiv(worldSize, nodes);
        return NodeDriver.sharedMemoryBytes(local, worldSize - local, DataPath.SHARED_MEMORY);
    }

    private static ConfigTree base(TrainRequest request) {
        if (request.recipe().isPresent() || request.resume().isEmpty()) {
            return Recipes.load(request.recipe().orElse(Recipes.BUILT_IN.getFirst()));
        }
        Path saved = request.resume().get().resolve(RUN_CONFIG);
        return Files.exists(saved)
                ? ConfigSource.file(saved).load()
                : TrainedModel.config(request.resume().get());
    }

    private static ConfigTree set(ConfigTree tree, String key, String flag, Optional<NamedPolicy> policy) {
        return policy.map(value -> tree.setText(key, value.name().toLowerCase(Locale.ROOT), flag))
                .orElse(tree);
    }

    private static String name(TrainRequest request) {
        String recipe = request.recipe().orElse(Recipes.BUILT_IN.getFirst());
        Path file = Path.of(recipe).getFileName();
        if (file == null) {
            throw new LaunchException(ExitCode.CONFIG, "--recipe " + recipe + " names no file");
        }
        return file.toString().replaceFirst("\\.ya?ml$", "");
    }
}
