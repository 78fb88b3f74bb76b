package io.witan.models;

import io.witan.models.family.ModelFamily;
import io.witan.runtime.state.Initializer;
import io.witan.runtime.state.ShardInitializer;
import java.nio.file.Path;
import java.util.Optional;

/** The values with which a run begins: drawn by its seed, or another run's. */
record InitialWeights(Recipe recipe, ModelFamily<?, ?> family, ModelInstance<?, ?> instance) {
    /** Gives them to the model; all ranks do. */
    void set() {
        Optional<String> from = recipe.checkpoint().initFrom();
        if (from.isEmpty()) {
            instance.state().initialize(cut(family.initializer(recipe.train().seed())));
            return;
        }
        try (CheckpointInitializer saved = CheckpointInitializer.open(family, Path.of(from.get()))) {
            instance.state().initialize(cut(saved));
        }
    }

    /** For experts as this run cuts them. */
    private Initializer cut(Initializer initializer) {
        int shards = family.moe().expertSharding();
        return shards == 1
                ? initializer
                : new ShardInitializer(initializer, family.declare(1), instance.declared(), shards);
    }
}
