package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Word.Kind;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A solution in disorder: with probability one half its sentences change places, cut behind commas and stops, otherwise its
 * formulas do, those between two dollar signs, while all around them stays; where there are not two formulas, sentences do.
 * Any order that is another text than the given one is equally likely.
 */
final class Disorder {
    /** One in two is another text at the worst, unless all pieces are the same. */
    private static final int MOST_DRAWS = 30;

    private Disorder() {}

    /** Words {@code from .. to - 1}. */
    private record Piece(int from, int to) {}

    /** Empty: there are no two pieces that differ. */
    static Optional<Passage> of(Passage solution, Draws draws) {
        boolean wantsSentences = draws.between(0, 1) == 0;
        List<Piece> formulas = wantsSentences ? List.of() : formulas(solution);
        List<Piece> pieces = formulas.size() > 1 ? formulas : sentences(solution);
        for (int draw = 0; pieces.size() > 1 && draw < MOST_DRAWS; draw++) {
            Passage disordered = solution.ordered(words(solution.words(), pieces, order(pieces.size(), draws)));
            if (!Arrays.equals(disordered.tokens(), solution.tokens())) {
                return Optional.of(disordered);
            }
        }
        return Optional.empty();
    }

    private static List<Piece> sentences(Passage solution) {
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        for (int word = 0; word < solution.words(); word++) {
            if (solution.kinds().get(word) == Kind.STOP || word == solution.words() - 1) {
                pieces.add(new Piece(from, word + 1));
                from = word + 1;
            }
        }
        return pieces;
    }

    /** A dollar word opens a formula, the next one closes it. */
    private static List<Piece> formulas(Passage solution) {
        List<Piece> pieces = new ArrayList<>();
        int open = -1;
        for (int word = 0; word < solution.words(); word++) {
            if (solution.kinds().get(word) != Kind.DOLLAR) {
                continue;
            }
            if (open < 0) {
                open = word;
            } else {
                if (word > open + 1) {
                    pieces.add(new Piece(open + 1, word));
                }
                open = -1;
            }
        }
        return pieces;
    }

    private static List<Integer> order(int count, Draws draws) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
        for (int i = count - 1; i > 0; i--) {
            Collections.swap(order, i, draws.between(0, i));
        }
        return order;
    }

    /** Numbers of words when a piece stands where another was; words between pieces stay between them. */
    private static int[] words(int count, List<Piece> pieces, List<Integer> order) {
        IntStream.Builder words = IntStream.builder();
        int next = 0;
        for (int place = 0; place < pieces.size(); place++) {
            Piece was = pieces.get(place);
            Piece moved = pieces.get(order.get(place));
            IntStream.range(next, was.from()).forEach(words::add);
            IntStream.range(moved.from(), moved.to()).forEach(words::add);
            next = was.to();
        }
        IntStream.range(next, count).forEach(words::add);
        return words.build().toArray();
    }
}
