package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.Category;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A prompt, and responses to it that meet chosen points. */
final class GeneratedPrompt {
    private final Rubric rubric;
    private final Map<Feature, Property> properties = new EnumMap<>(Feature.class);
    private final List<String> words = new ArrayList<>();

    private GeneratedPrompt(Category category, Draws draws) {
        rubric = Rubric.of(category);
        List<List<String>> openings = Lexicon.openings(category);
        words.addAll(openings.get(draws.between(0, openings.size() - 1)));
        for (Feature feature : rubric.featuresInTextOrder()) {
            Property property = feature.drawn(draws);
            properties.put(feature, property);
            words.addAll(property.asked());
        }
    }

    /** Of a category that is as likely as any other. */
    static GeneratedPrompt drawn(Draws draws) {
        Category[] categories = Category.values();
        return new GeneratedPrompt(categories[draws.between(0, categories.length - 1)], draws);
    }

    Category category() {
        return rubric.category();
    }

    String text() {
        return String.join(" ", words);
    }

    /** [K] which points a response meets: each with an even chance. */
    boolean[] drawnPoints(Draws draws) {
        boolean[] met = new boolean[rubric.points().size()];
        for (int i = 0; i < met.length; i++) {
            met[i] = draws.between(0, 1) == 1;
        }
        return met;
    }

    /** @param met [K] */
    double score(boolean[] met) {
        return rubric.score(met);
    }

    /** @param met [K] */
    String response(boolean[] met, Draws draws) {
        Map<Feature, Boolean> holds = new EnumMap<>(Feature.class);
        for (int i = 0; i < met.length; i++) {
            Rubric.Point point = rubric.points().get(i);
            holds.put(point.feature(), met[i] == point.wanted());
        }
        List<String> response = new ArrayList<>();
        properties.forEach((feature, property) -> response.addAll(property.piece(holds.get(feature), draws)));
        return String.join(" ", response);
    }
}
