package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PointLabel;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.network.PointRows;
import io.witan.runtime.engine.Ragged;
import java.util.ArrayList;
import java.util.List;

/**
 * The labels of points that are trained on: those that do not depend on the order of presentation.
 *
 * @param rows two a label: the first response, then the second
 * @param winners [labels]
 */
record LabelledPoints(PointRows rows, Winner[] winners) {
    /** @param responses as {@link TokenRows#ofResponses} lays them */
    static LabelledPoints of(List<PreferencePair> pairs, Ragged responses) {
        List<Integer> sequences = new ArrayList<>();
        List<Integer> points = new ArrayList<>();
        List<Winner> winners = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            Category category = pairs.get(i).labels().category();
            List<PointLabel> labels = pairs.get(i).labels().points();
            for (int p = 0; p < labels.size(); p++) {
                Winner agreed = labels.get(p).agreed();
                if (agreed.isDecided()) {
                    winners.add(agreed);
                    for (int side = 0; side < 2; side++) {
                        sequences.add(2 * i + side);
                        points.add(category.firstPoint() + p);
                    }
                }
            }
        }
        return new LabelledPoints(
                PointRows.repeat(responses, ints(sequences), ints(points)), winners.toArray(Winner[]::new));
    }

    private static int[] ints(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }
}
