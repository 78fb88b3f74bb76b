package io.witan.models.dmoerm.data.generated;

import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * A property that a response has or has not, in view of its prompt. Pieces of prompt and response stand in the order of the
 * constants.
 */
public enum Feature {
    /** The first of two greetings is the one asked for. */
    OPENING("begin"),
    /** The name is the prompt's. */
    NAME("name"),
    /** The topic is the prompt's. */
    TOPIC("about"),
    /** {@code may} is answered by yes, {@code must} by no. */
    POLARITY("answer"),
    /** The city is the capital of the prompt's country. */
    FACT("capital"),
    /** The number is the sum of the prompt's two. */
    SUM("add"),
    /** Three colours are in the prompt's order. */
    ORDER("order"),
    /** Four brackets are balanced. */
    BRACKETS(""),
    /** Two verbs have the number of the noun before them. */
    AGREEMENT(""),
    /** Three numbers ascend. */
    ASCENDING(""),
    /** No two notes in a row are equal. */
    ALTERNATION(""),
    /** The thing stands there as often as the prompt says. */
    COUNT("count"),
    /** The last of two farewells is the one asked for. */
    CLOSING("finish");

    private static final int LARGEST_COUNT = 3;
    private static final int SMALLEST_SUM = 2;
    private static final int LARGEST_SUM = 5;

    private final String keyword;

    Feature(String keyword) {
        this.keyword = keyword;
    }

    /** The word that begins its piece of a prompt; empty if prompts do not mention it. */
    String keyword() {
        return keyword;
    }

    /** What one prompt asks. */
    Property drawn(Draws draws) {
        return switch (this) {
            case OPENING -> edge(Lexicon.GREETINGS, 0, draws);
            case CLOSING -> edge(Lexicon.FAREWELLS, 1, draws);
            case NAME -> counterpart(Lexicon.NAMES, Lexicon.NAMES, draws);
            case TOPIC -> counterpart(Lexicon.TOPICS, Lexicon.TOPICS, draws);
            case POLARITY -> counterpart(Lexicon.ASSENTS, Lexicon.ANSWERS, draws);
            case FACT -> counterpart(Lexicon.COUNTRIES, Lexicon.CAPITALS, draws);
            case SUM -> sum(draws);
            case ORDER -> {
                List<String> colours = some(3, Lexicon.COLOURS, draws);
                yield Property.ofOrder(asked(colours), colours, colours::equals);
            }
            case BRACKETS ->
                Property.ofOrder(
                        List.of(),
                        List.of(Lexicon.OPEN, Lexicon.OPEN, Lexicon.CLOSE, Lexicon.CLOSE),
                        Feature::isBalanced);
            case AGREEMENT -> agreement(draws);
            case ASCENDING -> {
                List<String> numbers = some(3, Lexicon.NUMBERS, draws);
                List<String> sorted =
                        Lexicon.NUMBERS.stream().filter(numbers::contains).toList();
                yield Property.ofOrder(List.of(), numbers, sorted::equals);
            }
            case ALTERNATION -> {
                List<String> notes = some(2, Lexicon.NOTES, draws);
                List<String> twice =
                        Stream.concat(notes.stream(), notes.stream()).toList();
                yield Property.ofOrder(List.of(), twice, Feature::alternates);
            }
            case COUNT -> count(draws);
        };
    }

    /** A word from the prompt and another, of which the prompt's is to be at a place, 0 or 1. */
    private Property edge(List<String> words, int place, Draws draws) {
        List<String> two = some(2, words, draws);
        return Property.ofOrder(
                asked(two.subList(0, 1)), two, piece -> piece.get(place).equals(two.getFirst()));
    }

    /** A word, and what goes with it. */
    private Property counterpart(List<String> words, List<String> answers, Draws draws) {
        int word = draws.between(0, words.size() - 1);
        return answer(List.of(words.get(word)), answers, answers.get(word));
    }

    private Property sum(Draws draws) {
        int sum = draws.between(SMALLEST_SUM, LARGEST_SUM);
        int first = draws.between(1, sum - 1);
        List<String> sums = Lexicon.NUMBERS.subList(SMALLEST_SUM - 1, LARGEST_SUM);
        return answer(
                List.of(Lexicon.NUMBERS.get(first - 1), Lexicon.NUMBERS.get(sum - first - 1)),
                sums,
                Lexicon.NUMBERS.get(sum - 1));
    }

    private Property answer(List<String> words, List<String> answers, String right) {
        return Property.of(asked(words), answers.stream().map(List::of).toList(), piece -> piece.getFirst()
                .equals(right));
    }

    private Property count(Draws draws) {
        String thing = some(1, Lexicon.THINGS, draws).getFirst();
        int count = draws.between(1, LARGEST_COUNT);
        List<List<String>> pieces = new ArrayList<>();
        for (int n = 1; n <= LARGEST_COUNT; n++) {
            pieces.add(Collections.nCopies(n, thing));
        }
        return Property.of(
                asked(List.of(Lexicon.NUMBERS.get(count - 1), thing)), pieces, piece -> piece.size() == count);
    }

    private static Property agreement(Draws draws) {
        String one = some(1, Lexicon.NOUN, draws).getFirst();
        String many = some(1, Lexicon.NOUNS, draws).getFirst();
        String ofOne = some(1, Lexicon.VERBS, draws).getFirst();
        String ofMany = some(1, Lexicon.VERBS_OF_MANY, draws).getFirst();
        return new Property(
                List.of(),
                List.of(List.of(one, ofOne, many, ofMany), List.of(many, ofMany, one, ofOne)),
                List.of(List.of(one, ofMany, many, ofOne), List.of(many, ofOne, one, ofMany)));
    }

    private List<String> asked(List<String> words) {
        List<String> asked = new ArrayList<>(List.of(keyword));
        asked.addAll(words);
        return asked;
    }

    /** Different words, in a drawn order. */
    private static List<String> some(int count, List<String> words, Draws draws) {
        List<String> left = new ArrayList<>(words);
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            drawn.add(left.remove(draws.between(0, left.size() - 1)));
        }
        return drawn;
    }

    private static boolean isBalanced(List<String> brackets) {
        int depth = 0;
        for (String bracket : brackets) {
            depth += bracket.equals(Lexicon.OPEN) ? 1 : -1;
            if (depth < 0) {
                return false;
            }
        }
        return depth == 0;
    }

    private static boolean alternates(List<String> words) {
        for (int i = 1; i < words.size(); i++) {
            if (words.get(i).equals(words.get(i - 1))) {
                return false;
            }
        }
        return true;
    }
}
