package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.Category;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The words of the generated language; each has one meaning, but for numbers. */
final class Lexicon {
    static final List<String> NAMES = words("anna ben carl dora emil fay gus hana");
    static final List<String> TOPICS = words("sea sun moon rain snow wind fire tree");
    static final List<String> GREETINGS = words("hello hi hey welcome howdy cheers ahoy hullo");
    static final List<String> FAREWELLS = words("bye farewell thanks regards later goodnight adieu ciao");
    static final List<String> COLOURS = words("red blue green white black brown pink grey");
    static final List<String> THINGS = words("star bell drum horn");
    static final List<String> NUMBERS = words("one two three four five six seven eight nine");
    static final List<String> NOTES = words("do re mi fa");
    static final List<String> ASSENTS = words("may must");
    static final List<String> ANSWERS = words("yes no");
    static final List<String> COUNTRIES = words("france spain italy greece japan egypt peru cuba");
    static final List<String> CAPITALS = words("paris madrid rome athens tokyo cairo lima havana");
    /** Nouns and verbs of one, and at the same place of many. */
    static final List<String> NOUN = words("bird cat dog fox");

    static final List<String> NOUNS = words("birds cats dogs foxes");
    static final List<String> VERBS = words("sings runs sleeps jumps");
    static final List<String> VERBS_OF_MANY = words("sing run sleep jump");
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
