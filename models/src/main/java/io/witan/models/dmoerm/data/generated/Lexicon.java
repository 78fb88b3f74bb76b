package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.Category;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The words of the generated language; each has one meaning, but for numbers. */
final class Lexicon {
    static final List<String> NAMES = words("anna ben carl dora");
    static final List<String> TOPICS = words("sea sun moon rain");
    static final List<String> GREETINGS = words("hello hi hey welcome");
    static final List<String> FAREWELLS = words("bye farewell thanks regards");
    static final List<String> COLOURS = words("red blue green white");
    static final List<String> THINGS = words("star bell");
    static final List<String> NUMBERS = words("one two three four five");
    static final List<String> NOTES = words("do re mi");
    static final List<String> ASSENTS = words("may must");
    static final List<String> ANSWERS = words("yes no");
    static final List<String> COUNTRIES = words("france spain italy greece");
    static final List<String> CAPITALS = words("paris madrid rome athens");
    /** Nouns and verbs of one, and at the same place of many. */
    static final List<String> NOUN = words("bird cat");

    static final List<String> NOUNS = words("birds cats");
    static final List<String> VERBS = words("sings runs");
    static final List<String> VERBS_OF_MANY = words("sing run");
    static final String OPEN = "(";
    static final String CLOSE = ")";

    private Lexicon() {}

    /** How a prompt of a category begins. */
    static List<List<String>> openings(Category category) {
        return switch (category) {
            case ROLE_PLAY -> List.of(words("act as"), words("play along"), words("pretend now"));
            case CHAT -> List.of(words("chat with"), words("talk to"), words("speak freely"));
            case SUBJECTIVE_QA -> List.of(words("what opinion"), words("which seems"), words("how nice"));
            case OBJECTIVE_QA -> List.of(words("what fact"), words("explain why"), words("prove that"));
            case TEXT_CREATION -> List.of(words("write prose"), words("draft text"), words("compose lines"));
        };
    }

    /** All words, in a fixed order: their place is their token. */
    static List<String> all() {
        Set<String> all = new LinkedHashSet<>();
        for (Category category : Category.values()) {
            openings(category).forEach(all::addAll);
        }
        Stream.of(Feature.values())
                .map(Feature::keyword)
                .filter(word -> !word.isEmpty())
                .forEach(all::add);
        Stream.of(
                        NAMES,
                        TOPICS,
                        GREETINGS,
                        FAREWELLS,
                        COLOURS,
                        THINGS,
                        NUMBERS,
                        NOTES,
                        ASSENTS,
                        ANSWERS,
                        COUNTRIES,
                        CAPITALS,
                        NOUN,
                        NOUNS,
                        VERBS,
                        VERBS_OF_MANY,
                        List.of(OPEN, CLOSE))
                .forEach(all::addAll);
        return List.copyOf(all);
    }

    private static List<String> words(String words) {
        return List.of(words.split(" "));
    }
}
