package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.Category;
import java.util.List;

/**
 * Responses to choose the best of.
 *
 * @param category of the prompt
 * @param query the prompt
 * @param responses n of them, drawn alike and independently
 * @param scores [n] their true scores, from 0 to 1: the weight of the points that are met over that of all
 */
public record Candidates(Category category, String query, List<String> responses, List<Double> scores) {
    public Candidates {
        responses = List.copyOf(responses);
        scores = List.copyOf(scores);
    }
}
