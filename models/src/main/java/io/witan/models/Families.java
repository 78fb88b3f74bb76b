package io.witan.models;

import io.witan.models.dmoerm.DmoermFamily;
import io.witan.models.family.ModelFamily;
import io.witan.models.jiuzhang.JiuZhangFamily;
import io.witan.models.ul2.Ul2Family;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataCache;
import io.witan.runtime.engine.Compute;

/** The families that recipes can be of. */
public final class Families {
    private Families() {}

    /** That of a recipe: its sections say which. Nothing is opened yet. */
    public static ModelFamily<?, ?> of(Recipe recipe) {
        return of(recipe, new DataCache());
    }

    /** As {@link #of(Recipe)}. @param opened texts that this process has opened before */
    public static ModelFamily<?, ?> of(Recipe recipe, DataCache opened) {
        if (recipe.dmoerm().isPresent()) {
            requireWholeOnHost("dmoerm", recipe.parallel());
            return new DmoermFamily(
                    recipe.model(),
                    recipe.data(),
                    recipe.train(),
                    recipe.dmoerm().get());
        }
        if (recipe.jiuzhang().isPresent()) {
            requireHost("jiuzhang", recipe.parallel());
            return new JiuZhangFamily(new JiuZhangFamily.Sections(
                    recipe.model(),
                    recipe.data(),
                    recipe.train(),
                    recipe.jiuzhang().get(),
                    recipe.parallel().expertSharding()));
        }
        if (recipe.ul2().isPresent()) {
            requireHost("ul2", recipe.parallel());
            return new Ul2Family(new Ul2Family.Sections(
                    recipe.model(),
                    recipe.data(),
                    recipe.train(),
                    recipe.ul2().get(),
                    recipe.parallel().expertSharding()));
        }
        return new GptFamily(recipe, opened);
    }

    private static void requireHost(String family, ParallelConfig parallel) {
        if (parallel.device() != Compute.Target.HOST) {
            throw new ConfigException(family + " runs on the host only: parallel.device must be host");
        }
    }

    private static void requireWholeOnHost(String family, ParallelConfig parallel) {
        requireHost(family, parallel);
        if (parallel.expertSharding() != 1) {
            throw new ConfigException(family + " has no experts in shards: parallel.expert_sharding must be 1, got "
                    + parallel.expertSharding());
        }
    }

    /** Whether a recipe is of a text model, which can be sampled from. */
    public static boolean isText(Recipe recipe) {
        return of(recipe) instanceof GptFamily;
    }

    /**
     * For what works on text models alone.
     *
     * @param origin where the model comes from, for the message
     * @throws ConfigException in one line if it is of another family
     */
    public static void requireText(ModelFamily<?, ?> family, Object origin) {
        if (!(family instanceof GptFamily)) {
            throw new ConfigException(origin + " is a model of family " + family.name()
                    + "; this works on text models (family gpt) only");
        }
    }
}
