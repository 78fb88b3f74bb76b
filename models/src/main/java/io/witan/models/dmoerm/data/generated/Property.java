package io.witan.models.dmoerm.data.generated;

import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What one prompt asks of a response, and the pieces of a response that do it or do not.
 *
 * @param asked words of the prompt; none if every prompt of the category asks it without words
 * @param holding pieces that have the property
 * @param failing pieces that have not
 */
record Property(List<String> asked, List<List<String>> holding, List<List<String>> failing) {
    /** One of the pieces, each as likely as another. */
    List<String> piece(boolean holds, Draws draws) {
        List<List<String>> pieces = holds ? holding : failing;
        return pieces.get(draws.between(0, pieces.size() - 1));
    }

    /** Pieces that are good or bad each by itself. */
    static Property of(List<String> asked, List<List<String>> pieces, Predicate<List<String>> good) {
        return new Property(
                asked,
                pieces.stream().filter(good).toList(),
                pieces.stream().filter(good.negate()).toList());
    }

    /** Pieces that are the same words in different orders. */
    static Property ofOrder(List<String> asked, List<String> words, Predicate<List<String>> good) {
        return of(asked, orders(words).stream().distinct().toList(), good);
    }

    private static List<List<String>> orders(List<String> words) {
        if (words.isEmpty()) {
            return List.of(List.of());
        }
        List<List<String>> orders = new ArrayList<>();
        for (int first = 0; first < words.size(); first++) {
            List<String> others = new ArrayList<>(words);
            String head = others.remove(first);
            for (List<String> tail : orders(others)) {
                List<String> order = new ArrayList<>(List.of(head));
                order.addAll(tail);
                orders.add(order);
            }
        }
        return orders;
    }
}
