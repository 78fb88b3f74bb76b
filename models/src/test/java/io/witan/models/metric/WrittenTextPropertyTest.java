package io.witan.models.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class WrittenTextPropertyTest {
    /** Reference 1 2 3 4 5 6, text 1 2 3 4 9: matches 4, 3, 2, 1 of 5, 4, 3, 2; too short by exp(1 - 6/5). */
    @Example
    void bleuByHand() {
        Bleu bleu = Bleu.of(new int[] {1, 2, 3, 4, 5, 6}, new int[] {1, 2, 3, 4, 9});
        assertThat(bleu.matches()).containsExactly(4, 3, 2, 1);
        assertThat(bleu.written()).containsExactly(5, 4, 3, 2);
        double precisions = Math.pow(4.0 / 5 * 3 / 4 * 2 / 3 * 1 / 2, 0.25);
        assertThat(bleu.value()).isCloseTo(precisions * Math.exp(1 - 6.0 / 5), within(1e-12));
    }

    /** Papineni's example: a word counts at most as often as the reference has it. */
    @Example
    void repeatedWordsAreClipped() {
        Bleu bleu = Bleu.of(new int[] {1, 2, 3, 4, 1, 5}, new int[] {1, 1, 1, 1, 1, 1, 1});
        assertThat(bleu.matches()[0]).isEqualTo(2);
        assertThat(bleu.value()).isZero();
    }

    @Example
    void aCollectionAddsCountsAndIsNotAMean() {
        Bleu same = Bleu.of(new int[] {1, 2, 3, 4}, new int[] {1, 2, 3, 4});
        Bleu other = Bleu.of(new int[] {5, 6, 7, 8}, new int[] {9, 9, 9, 9});
        assertThat(same.value()).isCloseTo(1, within(1e-12));
        assertThat(same.plus(other).value()).isCloseTo(0.5, within(1e-12));
        assertThat(Bleu.interval(List.of(same, other), new Bootstrap(100, 3)).value())
                .isCloseTo(0.5, within(1e-12));
        assertThat(Bleu.of(new int[] {1}, new int[0]).value()).isZero();
    }

    @Property(tries = 60)
    void rougeIsTheLongestOfAllCommonSubsequences(@ForAll long seed) {
        Random random = new Random(seed);
        int[] reference = random.ints(1 + random.nextInt(9), 0, 4).toArray();
        int[] text = random.ints(random.nextInt(9), 0, 4).toArray();
        int longest = 0;
        for (int chosen = 0; chosen < 1 << text.length; chosen++) {
            List<Integer> part = new ArrayList<>();
            for (int i = 0; i < text.length; i++) {
                if ((chosen >> i & 1) == 1) {
                    part.add(text[i]);
                }
            }
            if (isSubsequence(part, reference)) {
                longest = Math.max(longest, part.size());
            }
        }
        double precision = text.length == 0 ? 0 : (double) longest / text.length;
        double recall = (double) longest / reference.length;
        double f1 = longest == 0 ? 0 : 2 * precision * recall / (precision + recall);
        assertThat(RougeL.of(reference, text)).isCloseTo(f1, within(1e-12));
    }

    /** Pairs of the text are struck out of the reference's, one for one. */
    @Property(tries = 60)
    void rouge2IsTheShareOfCommonPairs(@ForAll long seed) {
        Random random = new Random(seed);
        int[] reference = random.ints(random.nextInt(9), 0, 3).toArray();
        int[] text = random.ints(random.nextInt(9), 0, 3).toArray();
        List<Integer> left = pairs(reference);
        List<Integer> written = pairs(text);
        int all = left.size();
        double common = 0;
        for (Integer pair : written) {
            common += left.remove(pair) ? 1 : 0;
        }
        double precision = written.isEmpty() ? 0 : common / written.size();
        double recall = all == 0 ? 0 : common / all;
        double f1 = common == 0 ? 0 : 2 * precision * recall / (precision + recall);
        assertThat(Rouge2.of(reference, text)).isCloseTo(f1, within(1e-12));
    }

    private static List<Integer> pairs(int[] tokens) {
        List<Integer> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < tokens.length; i++) {
            pairs.add(tokens[i] * 10 + tokens[i + 1]);
        }
        return pairs;
    }

    private static boolean isSubsequence(List<Integer> part, int[] whole) {
        int found = 0;
        for (int token : whole) {
            if (found < part.size() && part.get(found) == token) {
                found++;
            }
        }
        return found == part.size();
    }
}
