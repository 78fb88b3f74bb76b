package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PointLabel;
import io.witan.models.dmoerm.data.TextPair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.runtime.data.arithmetic.Draws;
import io.witan.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** Preference pairs without end, each a function of seed and number. Texts and truths are the same whatever the noise. */
public final class PreferenceGenerator {
    private static final long LABELS = 0x6c6162656c73L;
    private static final long CANDIDATES = 0x62657374L;

    private final long seed;
    private final LabelNoise noise;

    public PreferenceGenerator(long seed, LabelNoise noise) {
        this.seed = seed;
        this.noise = noise;
    }

    /** Words as tokens; V is 91. Holds nothing that has to be closed. */
    public static Tokenizer tokenizer() {
        return new WordTokenizer(Lexicon.all());
    }

    /** The pairs 0 .. count - 1. */
    public List<TextPair> pairs(int count) {
        return LongStream.range(0, count).mapToObj(this::pair).toList();
    }

    /** The pair with a number, from 0 on. Its two responses have different true scores. */
    public TextPair pair(long index) {
        Draws draws = new Draws(seed, index);
        GeneratedPrompt prompt = GeneratedPrompt.drawn(draws);
        boolean[] first = prompt.drawnPoints(draws);
        boolean[] second = prompt.drawnPoints(draws);
        while (prompt.score(first) == prompt.score(second)) {
            first = prompt.drawnPoints(draws);
            second = prompt.drawnPoints(draws);
        }
        return new TextPair(
                labels(prompt, first, second, new Draws(seed ^ LABELS, index)),
                List.of(prompt.text()),
                prompt.response(first, draws),
                prompt.response(second, draws));
    }

    /** A prompt with n responses, of which some may have the same score. Drawn apart from the pairs, of which some may have the same prompt. */
    public Candidates candidates(long index, int n) {
        Draws draws = new Draws(seed ^ CANDIDATES, index);
        GeneratedPrompt prompt = GeneratedPrompt.drawn(draws);
        List<String> responses = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            boolean[] met = prompt.drawnPoints(draws);
            scores.add(prompt.score(met));
            responses.add(prompt.response(met, draws));
        }
        return new Candidates(prompt.category(), prompt.text(), responses, scores);
    }

    private PairLabels labels(GeneratedPrompt prompt, boolean[] first, boolean[] second, Draws draws) {
        Winner truth = Winner.byScores(prompt.score(first), prompt.score(second));
        Winner observed = draws.uniform() < noise.flipped() ? truth.swapped() : truth;
        PointLabeller labeller = new PointLabeller(noise, draws);
        List<PointLabel> points = new ArrayList<>();
        for (int i = 0; i < first.length; i++) {
            points.add(labeller.label(Winner.byScores(first[i] ? 1 : 0, second[i] ? 1 : 0)));
        }
        return new PairLabels(prompt.category(), observed, truth, List.of(), points);
    }

    /** One line for a log: what was generated. */
    public String describe() {
        Category[] categories = Category.values();
        return "generated preferences, seed " + seed + ", " + categories.length + " categories, " + Category.allPoints()
                + " points, " + noise;
    }
}
