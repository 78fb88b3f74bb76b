package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.gpt.TokenFlops;
import io.witan.runtime.state.ParameterSpec;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the comments of the recipes for benchmarks say, counted. */
class BenchmarkRecipesTest {
    private static String text(String recipe) throws IOException {
        try (InputStream in = Recipes.class.getResourceAsStream("/recipes/" + recipe + ".yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Matrix products of one token's forward, 2 FLOPs a multiplication and addition; backward is twice that of each part. */
    private static long expertFlops(GptMoeConfig model) {
        int matrices = model.activation() == Activation.SWIGLU ? 3 : 2;
        return 2L * model.layers() * model.topK() * matrices * model.dModel() * model.dFf();
    }

    private static long otherFlops(GptMoeConfig model, int vocabulary) {
        long d = model.dModel();
        long projections = 3 * d * d + d * d;
        // Scores and their sums over all positions; a causal kernel may do half.
        long attention = 2L * model.seqLen() * d;
        long router = model.experts() * d;
        return 2 * (model.layers() * (projections + attention + router) + vocabulary * d);
    }

    @ParameterizedTest
    @CsvSource({"skew, 8, 2", "skew32, 32, 4"})
    void expertsDoTheShareOfTheWorkThatTheRecipeStates(String name, int experts, int ranks) throws IOException {
        Recipe recipe = Recipes.bind(Recipes.load(name));
        long own = expertFlops(recipe.model());
        long other = otherFlops(recipe.model(), recipe.vocabularySize());
        double share = (double) own / (own + other);

        TokenFlops counted = TokenFlops.of(recipe.model(), recipe.vocabularySize());
        assertThat(counted).isEqualTo(new TokenFlops(own, other));
        assertThat(counted.expertShare()).isEqualTo(share);
        assertThat(recipe.model().experts()).isEqualTo(experts);
        assertThat(share).isGreaterThan(0.85);
        assertThat(text(name))
                .contains(String.format(Locale.ROOT, "Experts do %.1f %% of a step's FLOPs", 100 * share));
        assertThat(recipe.model().auxLoss()).isZero();
        recipe.requireRanks(Topology.of(ranks));
    }

    @Test
    void expertsHaveTheShareOfTheMemoryThatTheRecipeStates() throws IOException {
        Recipe recipe = Recipes.bind(Recipes.load("memory"));
        long all = 0;
        long own = 0;
        for (ParameterSpec spec : GptMoeTensors.declare(recipe.model(), recipe.vocabularySize())) {
            all += spec.count();
            own += spec.isExpert() ? spec.count() : 0;
        }

        assertThat((double) own / all).isCloseTo(0.98, within(0.01));
        assertThat(text("memory"))
                .contains(String.format(Locale.ROOT, "%.1f M of %.1f M parameters", own / 1e6, all / 1e6));
        recipe.requireRanks(Topology.of(2));
    }
}
