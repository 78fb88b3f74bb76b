package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.network.PointRows;
import io.witan.runtime.engine.Ragged;
import java.util.stream.IntStream;

/**
 * Pairs put together by category, each response with all points of its category one behind the other, so that the K states of a response lie side by
 * side and a category's responses are one matrix [responses, K D].
 *
 * @param rows category by category, pair by pair, first response and second, point by point
 * @param pairs [categories][] numbers of the pairs of each
 * @param first [categories] the first of a category's rows
 */
record CategoryRows(PointRows rows, int[][] pairs, int[] first) {
    /**
     * @param responses as {@link TokenRows#ofResponses} lays them
     * @param categories [pairs]
     */
    static CategoryRows of(Ragged responses, Category[] categories) {
        Category[] all = Category.values();
        int[][] pairs = new int[all.length][];
        int[] first = new int[all.length];
        int count = 0;
        for (Category category : all) {
            int c = category.ordinal();
            pairs[c] = IntStream.range(0, categories.length)
                    .filter(i -> categories[i] == category)
                    .toArray();
            first[c] = count;
            count += 2 * pairs[c].length * category.pointCount();
        }
        int[] sequence = new int[count];
        int[] points = new int[count];
        int at = 0;
        for (Category category : all) {
            for (int pair : pairs[category.ordinal()]) {
                for (int i = 0; i < 2 * category.pointCount(); i++) {
                    sequence[at] = 2 * pair + i / category.pointCount();
                    points[at++] = category.firstPoint() + i % category.pointCount();
                }
            }
        }
        return new CategoryRows(PointRows.repeat(responses, sequence, points), pairs, first);
    }
}
