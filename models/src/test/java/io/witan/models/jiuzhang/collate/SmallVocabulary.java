package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.models.jiuzhang.text.WordSplitter;
import io.witan.runtime.text.ByteTokenizer;
import java.util.LinkedHashMap;
import java.util.List;

/** Bytes as tokens, so that words have several; and problems to make rows of. */
final class SmallVocabulary {
    static final Vocabulary BYTES = bytes(List.of("Point 0", "Point 1", "Point 2"));

    private SmallVocabulary() {}

    static Vocabulary bytes(List<String> points) {
        LinkedHashMap<String, List<String>> labels = new LinkedHashMap<>();
        labels.put(Task.KNOWLEDGE.title(), points);
        labels.put(Task.CHOICE.title(), MultipleChoice.LETTERS);
        labels.put(Task.SIMILAR.title(), SimilarQuestions.ANSWERS);
        return new Vocabulary(new ByteTokenizer(), new WordSplitter(List.of()), labels);
    }

    static Problem problem(String text, String solution) {
        return problem(text, solution, List.of());
    }

    static Problem problem(String text, String solution, List<String> route) {
        return new Problem(
                "test", Language.ENGLISH, text, List.of(), -1, solution, "7", route, List.of(), text.replace(" ", ""));
    }

    static Problem choice(String text, int right, String... options) {
        return new Problem(
                "test",
                Language.ENGLISH,
                text,
                List.of(options),
                right,
                "",
                options[right],
                List.of(),
                List.of(),
                text);
    }
}
