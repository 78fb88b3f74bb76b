package io.witan.models.jiuzhang.text;

import io.witan.runtime.data.DataException;
import io.witan.runtime.data.Documents;
import io.witan.runtime.data.arithmetic.Draws;
import io.witan.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** All ids of the model: those of a tokenizer, then mask, start and separator, then the labels of each task. */
public final class Vocabulary {
    private static final int SPECIAL = 3;

    private final Tokenizer tokenizer;
    private final WordSplitter splitter;
    private final List<LabelSet> labels = new ArrayList<>();

    /**
     * @param tokenizer stays the caller's to close
     * @param splitter of texts into words, each of which the tokenizer encodes alone
     * @param labels names of each task's labels, by task, in the order of ids
     */
    public Vocabulary(Tokenizer tokenizer, WordSplitter splitter, SequencedMap<String, List<String>> labels) {
        this.tokenizer = tokenizer;
        this.splitter = splitter;
        int next = tokenizer.vocabularySize() + SPECIAL;
        for (Map.Entry<String, List<String>> task : labels.entrySet()) {
            LabelSet set = new LabelSet(task.getKey(), task.getValue(), next);
            this.labels.add(set);
            next = set.endId();
        }
    }

    /** V. */
    public int size() {
        return labels.isEmpty()
                ? tokenizer.vocabularySize() + SPECIAL
                : labels.getLast().endId();
    }

    /** Stands in the place of a token that is hidden. */
    public int mask() {
        return tokenizer.vocabularySize();
    }

    /** Stands before every row, of the encoder and of the decoder. */
    public int start() {
        return tokenizer.vocabularySize() + 1;
    }

    /** Stands between parts of a row. */
    public int separator() {
        return tokenizer.vocabularySize() + 2;
    }

    /** Stands behind what the decoder writes. */
    public int end() {
        return tokenizer.endOfText();
    }

    /** A token of text, each equally likely; never the end. */
    public int random(Draws draws) {
        int id = draws.between(0, tokenizer.vocabularySize() - 2);
        return id < end() ? id : id + 1;
    }

    /**
     * The labels of a task.
     *
     * @throws DataException if the task is unknown or has none
     */
    public LabelSet labels(String task) {
        return labels.stream()
                .filter(set -> set.task().equals(task))
                .findFirst()
                .orElseThrow(() -> new DataException("task \"" + task + "\" has no labels; there are "
                        + String.join(", ", labels.stream().map(LabelSet::task).toList())));
    }

    /** The words of a text. */
    public Passage encode(String text) {
        List<Word> words = splitter.split(text);
        List<int[]> ids = new ArrayList<>();
        List<Word.Kind> kinds = new ArrayList<>();
        for (Word word : words) {
            int[] tokens = tokenizer.encode((word.spaced() ? " " : "") + word.text());
            if (tokens.length > 0) {
                ids.add(tokens);
                kinds.add(word.kind());
            }
        }
        int[] starts = new int[ids.size()];
        for (int word = 1; word < starts.length; word++) {
            starts[word] = starts[word - 1] + ids.get(word - 1).length;
        }
        return new Passage(ids.stream().flatMapToInt(Arrays::stream).toArray(), starts, kinds);
    }

    /** The text of ids; what is no text gives none. */
    public String decode(int[] ids) {
        int[] text =
                Arrays.stream(ids).filter(id -> id < tokenizer.vocabularySize()).toArray();
        return tokenizer.decode(text);
    }

    /** Equal if and only if ids are. */
    public String fingerprint() {
        List<String> names = labels.stream()
                .flatMap(set -> set.names().stream().map(name -> set.task() + " " + name))
                .toList();
        return tokenizer.fingerprint() + "+" + new Documents(names).fingerprint();
    }
}
