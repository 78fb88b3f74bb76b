package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.Category;
import java.util.Comparator;
import java.util.List;

/**
 * What makes a response good in one category: the truth behind the generated labels. A feature that two categories share is
 * wanted in one and unwanted in the other, but for a few.
 *
 * @param category whose
 * @param points [K] what is looked at, the weightiest first
 */
public record Rubric(Category category, List<Point> points) {
    /**
     * A capability point: whether a feature is as the category wants it.
     *
     * @param feature what is looked at
     * @param wanted whether the response should have it, or should not
     * @param weight what it adds to the score, above 0
     */
    public record Point(Feature feature, boolean wanted, int weight) {}

    public Rubric {
        points = List.copyOf(points);
        if (points.size() != category.pointCount()) {
            throw new IllegalArgumentException(
                    "category " + category.key() + " has " + category.pointCount() + " points, got " + points.size());
        }
    }

    public static Rubric of(Category category) {
        return new Rubric(
                category,
                switch (category) {
                    case ROLE_PLAY ->
                        List.of(
                                with(Feature.NAME, 6),
                                with(Feature.OPENING, 5),
                                without(Feature.ORDER, 4),
                                with(Feature.ALTERNATION, 3),
                                without(Feature.AGREEMENT, 2),
                                with(Feature.COUNT, 1));
                    case CHAT ->
                        List.of(
                                with(Feature.POLARITY, 6),
                                without(Feature.NAME, 5),
                                with(Feature.CLOSING, 4),
                                without(Feature.OPENING, 3),
                                without(Feature.ALTERNATION, 2));
                    case SUBJECTIVE_QA ->
                        List.of(
                                with(Feature.TOPIC, 6),
                                with(Feature.ORDER, 5),
                                without(Feature.CLOSING, 4),
                                without(Feature.BRACKETS, 3),
                                with(Feature.COUNT, 2));
                    case OBJECTIVE_QA ->
                        List.of(
                                with(Feature.FACT, 6),
                                with(Feature.SUM, 5),
                                with(Feature.ASCENDING, 4),
                                with(Feature.AGREEMENT, 3),
                                with(Feature.BRACKETS, 2),
                                without(Feature.TOPIC, 1));
                    case TEXT_CREATION ->
                        List.of(
                                with(Feature.CLOSING, 6),
                                without(Feature.COUNT, 5),
                                with(Feature.TOPIC, 4),
                                without(Feature.ASCENDING, 3),
                                without(Feature.ORDER, 2));
                });
    }

    private static Point with(Feature feature, int weight) {
        return new Point(feature, true, weight);
    }

    private static Point without(Feature feature, int weight) {
        return new Point(feature, false, weight);
    }

    /** Its features in the order in which texts have their pieces. */
    List<Feature> featuresInTextOrder() {
        return points.stream()
                .map(Point::feature)
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    /**
     * The weight of the points that are met over that of all, from 0 to 1.
     *
     * @param met [K]
     */
    public double score(boolean[] met) {
        int sum = 0;
        int all = 0;
        for (int i = 0; i < met.length; i++) {
            sum += met[i] ? points.get(i).weight() : 0;
            all += points.get(i).weight();
        }
        return (double) sum / all;
    }
}
