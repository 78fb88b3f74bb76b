package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.TextPair;
import io.witan.models.dmoerm.data.Winner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what holds in prompt and response from their words alone, and weighs it by a table of its own. */
final class ReadingOracle {
    private static final List<String> NUMBERS =
            List.of("one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
    private static final List<String> NAMES = List.of("anna", "ben", "carl", "dora", "emil", "fay", "gus", "hana");
    private static final List<String> TOPICS = List.of("sea", "sun", "moon", "rain", "snow", "wind", "fire", "tree");
    private static final List<String> COLOURS =
            List.of("red", "blue", "green", "white", "black", "brown", "pink", "grey");
    private static final List<String> NOUNS = List.of("bird", "cat", "dog", "fox", "birds", "cats", "dogs", "foxes");
    private static final Map<String, String> CAPITALS = Map.of(
            "france", "paris", "spain", "madrid", "italy", "rome", "greece", "athens", "japan", "tokyo", "egypt",
            "cairo", "peru", "lima", "cuba", "havana");

    /** In the order of a category's points; what is not wanted counts below 0. */
    private static final Map<Category, Map<String, Integer>> WEIGHTS = Map.of(
            Category.ROLE_PLAY, weights("name 6 begin 5 order -4 alternation 3 agreement -2 count 1"),
            Category.CHAT, weights("answer 6 name -5 finish 4 begin -3 alternation -2"),
            Category.SUBJECTIVE_QA, weights("about 6 order 5 finish -4 brackets -3 count 2"),
            Category.OBJECTIVE_QA, weights("capital 6 add 5 ascending 4 agreement 3 brackets 2 about -1"),
            Category.TEXT_CREATION, weights("finish 6 count -5 about 4 ascending -3 order -2"));

    private final List<String> prompt;
    private final List<String> response;

    private ReadingOracle(String prompt, String response) {
        this.prompt = List.of(prompt.split(" "));
        this.response = List.of(response.split(" "));
    }

    static Winner winner(TextPair pair) {
        return Winner.byScores(
                score(pair.labels().category(), pair.query(), pair.first()),
                score(pair.labels().category(), pair.query(), pair.second()));
    }

    /** Which response has what the category wants at its point of a number. */
    static Winner winner(TextPair pair, int point) {
        Map.Entry<String, Integer> entry =
                new ArrayList<>(WEIGHTS.get(pair.labels().category()).entrySet()).get(point);
        boolean first = new ReadingOracle(pair.query(), pair.first()).holds(entry.getKey());
        boolean second = new ReadingOracle(pair.query(), pair.second()).holds(entry.getKey());
        int sign = Integer.signum(entry.getValue());
        return Winner.byScores(first ? sign : 0, second ? sign : 0);
    }

    /** The signed weights of what holds: the true score but for a shift and a factor. */
    static int score(Category category, String prompt, String response) {
        ReadingOracle oracle = new ReadingOracle(prompt, response);
        return WEIGHTS.get(category).entrySet().stream()
                .filter(entry -> oracle.holds(entry.getKey()))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    private boolean holds(String what) {
        return switch (what) {
            case "begin" -> response.getFirst().equals(asked("begin", 1).getFirst());
            case "finish" -> response.getLast().equals(asked("finish", 1).getFirst());
            case "name" -> only(NAMES).equals(asked("name", 1));
            case "about" -> only(TOPICS).equals(asked("about", 1));
            case "answer" -> response.contains(asked("answer", 1).equals(List.of("may")) ? "yes" : "no");
            case "capital" -> response.contains(CAPITALS.get(asked("capital", 1).getFirst()));
            case "add" -> {
                List<String> terms = asked("add", 2);
                int sum = number(terms.get(0)) + number(terms.get(1));
                yield number(only(NUMBERS).getFirst()) == sum;
            }
            case "order" -> only(COLOURS).equals(asked("order", 3));
            case "brackets" -> {
                String brackets = String.join("", only(List.of("(", ")")));
                yield brackets.replace("()", "").replace("()", "").isEmpty();
            }
            case "agreement" -> agrees();
            case "ascending" -> {
                List<String> all = only(NUMBERS);
                List<String> three = all.subList(all.size() - 3, all.size());
                yield number(three.get(0)) < number(three.get(1)) && number(three.get(1)) < number(three.get(2));
            }
            case "alternation" -> {
                List<String> notes = only(List.of("do", "re", "mi", "fa"));
                yield notes.get(0).equals(notes.get(2)) && notes.get(1).equals(notes.get(3));
            }
            case "count" -> {
                List<String> asked = asked("count", 2);
                yield only(asked.subList(1, 2)).size() == number(asked.getFirst());
            }
            default -> throw new AssertionError(what);
        };
    }

    private boolean agrees() {
        for (int i = 0; i + 1 < response.size(); i++) {
            if (NOUNS.contains(response.get(i))
                    && response.get(i).endsWith("s") == response.get(i + 1).endsWith("s")) {
                return false;
            }
        }
        return true;
    }

    private List<String> asked(String keyword, int count) {
        int at = prompt.lastIndexOf(keyword);
        return prompt.subList(at + 1, at + 1 + count);
    }

    private List<String> only(List<String> words) {
        return response.stream().filter(words::contains).toList();
    }

    private static int number(String word) {
        return NUMBERS.indexOf(word) + 1;
    }

    private static Map<String, Integer> weights(String table) {
        List<String> cells = Arrays.asList(table.split(" "));
        Map<String, Integer> weights = new LinkedHashMap<>();
        for (int i = 0; i < cells.size(); i += 2) {
            weights.put(cells.get(i), Integer.parseInt(cells.get(i + 1)));
        }
        return weights;
    }
}
