package io.witan.models.ul2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.data.arithmetic.Draws;
import io.witan.runtime.text.ByteTokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DenoisedRowTest {
    private static final int TOKENS = 1000;
    private static final int END = 999;
    private static final int LONGEST = 300;
    private static final PlainDenoising PLAIN = new PlainDenoising(TOKENS, END);
    private static final Pieces PIECES = new Pieces(TOKENS, END, 50);

    /** No token comes twice. */
    private static int[] text(int n) {
        return IntStream.range(100, 100 + n).toArray();
    }

    private static DenoisedRow row(Denoiser denoiser, int n, long draw) {
        return DenoisedRow.of(denoiser, text(n), PIECES, new Draws(3, draw));
    }

    @ParameterizedTest
    @EnumSource
    void inputAndTargetShouldGiveTheTextBack(Denoiser denoiser) {
        for (int n = 1; n <= LONGEST; n++) {
            PlainDenoising.Read read = PLAIN.read(row(denoiser, n, n));
            assertThat(read.text()).isEqualTo(text(n));
            assertThat(read.spans()).hasSize(PlainDenoising.spans(denoiser, n)).noneMatch(List::isEmpty);
            assertThat(read.hidden()).as("of %d tokens", n).isEqualTo(PlainDenoising.hidden(denoiser, n));
            assertThat(read.kept().getLast()).as("a span is last").isEmpty();
            if (n > 1) {
                assertThat(read.kept().subList(0, read.spans().size())).noneMatch(List::isEmpty);
            }
        }
    }

    /** Rounding to whole tokens moves single rows; over all lengths it evens out. */
    @ParameterizedTest
    @EnumSource
    void ratesAndMeanLengthsShouldBeThoseOfThePaper(Denoiser denoiser) {
        long tokens = 0;
        long hidden = 0;
        long spans = 0;
        for (int n = 200; n <= LONGEST; n++) {
            for (int draw = 0; draw < 20; draw++) {
                PlainDenoising.Read read = PLAIN.read(row(denoiser, n, draw));
                tokens += n;
                hidden += read.hidden();
                spans += read.spans().size();
            }
        }
        assertThat((double) hidden / tokens).isCloseTo(PlainDenoising.rate(denoiser), within(0.002));
        double mean = PlainDenoising.mean(denoiser);
        if (denoiser == Denoiser.X64_FEW) {
            assertThat(spans).as("30 to 45 tokens are one span").isEqualTo(101L * 20);
        } else if (mean > 0) {
            assertThat((double) hidden / spans).isCloseTo(mean, within(0.06 * mean));
        }
    }

    /** 18 tokens of X3 have 3 spans of 9 tokens together, and 3 kept parts: 28 ways each to cut 9 tokens in three. */
    @Test
    void allPartitionsShouldBeEquallyLikely() {
        int draws = 56_000;
        Map<List<Integer>, Integer> hidden = new HashMap<>();
        Map<List<Integer>, Integer> kept = new HashMap<>();
        Map<List<Integer>, Integer> both = new HashMap<>();
        for (int draw = 0; draw < draws; draw++) {
            Spans spans = Spans.drawn(Denoiser.X3, 18, new Draws(5, draw));
            List<Integer> ofHidden = Arrays.stream(spans.hidden()).boxed().toList();
            List<Integer> ofKept = Arrays.stream(spans.kept()).boxed().toList();
            hidden.merge(ofHidden, 1, Integer::sum);
            kept.merge(ofKept, 1, Integer::sum);
            both.merge(
                    IntStream.concat(Arrays.stream(spans.hidden()), Arrays.stream(spans.kept()))
                            .boxed()
                            .toList(),
                    1,
                    Integer::sum);
        }
        assertEven(hidden, 28, draws);
        assertEven(kept, 28, draws);
        assertEven(both, 784, draws);
    }

    /** Chi-square within five standard deviations of its mean. */
    private static void assertEven(Map<List<Integer>, Integer> counts, int ways, int draws) {
        double expected = (double) draws / ways;
        assertThat(counts).hasSize(ways);
        double chiSquare = counts.values().stream()
                .mapToDouble(count -> Math.pow(count - expected, 2) / expected)
                .sum();
        assertThat(chiSquare).isLessThan(ways - 1 + 5 * Math.sqrt(2.0 * (ways - 1)));
    }

    @Test
    void sShouldHideTheLastQuarter() {
        PlainDenoising.Read read = PLAIN.read(row(Denoiser.S, 100, 0));
        assertThat(read.kept().getFirst()).hasSize(75);
        assertThat(read.spans()).hasSize(1);
        assertThat(read.spans().getFirst()).hasSize(25);
    }

    @ParameterizedTest
    @EnumSource
    void shortTextsShouldHaveOneSpan(Denoiser denoiser) {
        DenoisedRow one = row(denoiser, 1, 0);
        int mode = TOKENS + denoiser.mode().ordinal();
        assertThat(one.input()).containsExactly(mode, TOKENS + 4);
        assertThat(one.targets()).containsExactly(TOKENS + 4, 100, END);
        assertThat(one.decoder()).containsExactly(TOKENS + 3, TOKENS + 4, 100);
        DenoisedRow two = row(denoiser, 2, 0);
        assertThat(two.input()).containsExactly(mode, 100, TOKENS + 4);
        assertThat(two.targets()).containsExactly(TOKENS + 4, 101, END);
    }

    /** Positions of encoder and decoder, and sentinels, are enough for the longest text. */
    @Test
    void everyRowShouldFitTheModel() {
        for (int most = 7; most <= LONGEST; most++) {
            Pieces pieces = Pieces.of(new ByteTokenizer(), most);
            for (Denoiser denoiser : Denoiser.values()) {
                for (int n = 1; n <= most; n++) {
                    assertThat(PlainDenoising.spans(denoiser, n)).isLessThanOrEqualTo(pieces.sentinels());
                    int spans = PlainDenoising.spans(denoiser, n);
                    int hidden = PlainDenoising.hidden(denoiser, n);
                    assertThat(1 + n - hidden + spans).isLessThanOrEqualTo(most + 1);
                    assertThat(spans + hidden + 1).isLessThanOrEqualTo(most + 1);
                }
            }
            assertThat(pieces.sentinel(pieces.sentinels() - 1)).isEqualTo(pieces.size() - 1);
        }
    }

    @Test
    void targetsShouldCountWhole() {
        DenoisedRow row = row(Denoiser.R3, 100, 0);
        assertThat(row.targetCount()).isEqualTo(15 + 5 + 1);
        DenoisedBatch batch = new DenoisedBatch(List.of(row, row(Denoiser.S, 8, 0), row(Denoiser.X8, 64, 0)));
        assertThat(batch.targetCount(1, 3)).isEqualTo(2 + 1 + 1 + 32 + 4 + 1);
        assertThat(batch.tokenCount(0, 2)).isEqualTo(1 + 85 + 5 + 1 + 6 + 1);
        assertThat(batch.tasks()).containsExactly(0, 1, 2);
        assertThat(batch.slice(1, 2).all()).containsExactly(row(Denoiser.S, 8, 0));
        assertThatThrownBy(() -> batch.slice(2, 4)).hasMessage("rows 2..4 of 3");
    }

    /** The reading of the definition finds what is wrong. */
    @Test
    void aRowThatIsChangedShouldBeFound() {
        DenoisedRow row = row(Denoiser.R3, 100, 0);
        Map<String, int[]> changes = new TreeMap<>(Map.of(
                "mode", changed(row.input(), 0, TOKENS + 1),
                "order", swapped(row.input(), TOKENS + 4, TOKENS + 5)));
        changes.forEach((name, input) -> assertThatThrownBy(
                        () -> PLAIN.read(new DenoisedRow(row.denoiser(), input, row.decoder(), row.targets())))
                .as(name)
                .isInstanceOf(AssertionError.class));
        int[] targets = changed(row.targets(), 1, 7);
        assertThatThrownBy(() -> PLAIN.read(new DenoisedRow(row.denoiser(), row.input(), row.decoder(), targets)))
                .isInstanceOf(AssertionError.class);
    }

    private static int[] changed(int[] ids, int place, int id) {
        int[] other = ids.clone();
        other[place] = id;
        return other;
    }

    private static int[] swapped(int[] ids, int first, int second) {
        return Arrays.stream(ids)
                .map(id -> id == first ? second : id == second ? first : id)
                .toArray();
    }
}
