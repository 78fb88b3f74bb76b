package io.witan.models.jiuzhang.text;

import io.witan.models.jiuzhang.text.Word.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Words as token ids. The arrays are the caller's to read, not to change.
 *
 * @param tokens [n] ids
 * @param starts [w] index of each word's first token, ascending from 0; a word has at least one
 * @param kinds [w] of each word
 */
public record Passage(int[] tokens, int[] starts, List<Kind> kinds) {
    /** Nothing. */
    public static final Passage EMPTY = new Passage(new int[0], new int[0], List.of());

    public Passage {
        kinds = List.copyOf(kinds);
        if (starts.length != kinds.size() || (starts.length == 0) != (tokens.length == 0)) {
            throw new IllegalArgumentException(
                    tokens.length + " tokens, " + starts.length + " words, " + kinds.size() + " kinds");
        }
        for (int word = 0; word < starts.length; word++) {
            int least = word == 0 ? 0 : starts[word - 1] + 1;
            if (starts[word] < least || starts[word] >= tokens.length || word == 0 && starts[0] != 0) {
                throw new IllegalArgumentException(
                        "word " + word + " starts at " + starts[word] + " of " + tokens.length + " tokens");
            }
        }
    }

    /** One token that is no text. */
    public static Passage fixed(int token) {
        return new Passage(new int[] {token}, new int[] {0}, List.of(Kind.FIXED));
    }

    /** Number of tokens. */
    public int length() {
        return tokens.length;
    }

    /** Number of words. */
    public int words() {
        return starts.length;
    }

    /** Index behind the last token of a word. */
    public int end(int word) {
        return word + 1 < starts.length ? starts[word + 1] : tokens.length;
    }

    /** This and then the other. */
    public Passage then(Passage other) {
        int[] joined = Arrays.copyOf(tokens, tokens.length + other.tokens.length);
        System.arraycopy(other.tokens, 0, joined, tokens.length, other.tokens.length);
        int[] joinedStarts = Arrays.copyOf(starts, starts.length + other.starts.length);
        for (int word = 0; word < other.starts.length; word++) {
            joinedStarts[starts.length + word] = tokens.length + other.starts[word];
        }
        return new Passage(
                joined,
                joinedStarts,
                Stream.concat(kinds.stream(), other.kinds.stream()).toList());
    }

    /** Its first words, as many as have at most {@code most} tokens together. */
    public Passage cut(int most) {
        int word = words();
        while (word > 0 && end(word - 1) > most) {
            word--;
        }
        return new Passage(
                Arrays.copyOf(tokens, word == 0 ? 0 : end(word - 1)),
                Arrays.copyOf(starts, word),
                kinds.subList(0, word));
    }

    /** Its words in another order. @param order [w] numbers of words, each once */
    public Passage ordered(int[] order) {
        int[] moved = new int[tokens.length];
        int[] movedStarts = new int[starts.length];
        Kind[] movedKinds = new Kind[starts.length];
        int next = 0;
        for (int place = 0; place < order.length; place++) {
            int word = order[place];
            int count = end(word) - starts[word];
            System.arraycopy(tokens, starts[word], moved, next, count);
            movedStarts[place] = next;
            movedKinds[place] = kinds.get(word);
            next += count;
        }
        return new Passage(moved, movedStarts, List.of(movedKinds));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Passage that
                && Arrays.equals(tokens, that.tokens)
                && Arrays.equals(starts, that.starts)
                && kinds.equals(that.kinds);
    }

    @Override
    public int hashCode() {
        return (Arrays.hashCode(tokens) * 31 + Arrays.hashCode(starts)) * 31 + kinds.hashCode();
    }
}
