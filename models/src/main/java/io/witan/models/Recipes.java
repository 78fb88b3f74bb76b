package io.witan.models;

import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.config.ConfigTree;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds recipes: built-in ones by name, others by file. */
public final class Recipes {
    /** Names of the built-in recipes, the default first. */
    public static final List<String> BUILT_IN =
            List.of("tiny", "gsm8k", "peer", "skew", "skew32", "memory", "tasks", "dmoerm", "jiuzhang", "ul2");

    private Recipes() {}

    /**
     * @param nameOrFile a built-in name, or a path to a YAML file
     * @throws ConfigException if it is neither, or not readable as YAML
     */
    public static ConfigTree load(String nameOrFile) {
        if (BUILT_IN.contains(nameOrFile)) {
            URL resource = Recipes.class.getResource("/recipes/" + nameOrFile + ".yaml");
            return ConfigSource.resource(nameOrFile, resource).load();
        }
        Path file = Path.of(nameOrFile);
        if (!Files.exists(file)) {
            throw new ConfigException("--recipe " + nameOrFile
                    + ": no such file, and no built-in recipe of that name; built in: " + String.join(", ", BUILT_IN));
        }
        return ConfigSource.file(file).load();
    }

    /** The recipe that a tree describes. */
    public static Recipe bind(ConfigTree tree) {
        return ConfigBinder.bind(tree, Recipe.class);
    }
}
