package io.witan.models.jiuzhang.collate;

import static io.witan.models.jiuzhang.collate.SmallVocabulary.BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.jiuzhang.collate.PretrainingRows.SecondSide;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SecondPassTest {
    private static final Problem PROBLEM =
            SmallVocabulary.problem("The box has twelve apples", "Twelve minus three, that is 9.");
    private static final Passage CLEAN =
            BYTES.encode(PROBLEM.text()).then(Passage.fixed(BYTES.separator())).then(BYTES.encode(PROBLEM.solution()));
    private static final SecondPass SECOND = new SecondPass(BYTES);

    private static Row first(SecondSide side, int index) {
        return new PretrainingRows(BYTES, Stage.SOLUTION_CHECKING, side, 200).row(PROBLEM, new Draws(3, index));
    }

    private static int[] withStart(int[] tokens) {
        int[] all = new int[tokens.length + 1];
        all[0] = BYTES.start();
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }

    @Test
    void theInputIsTheTextWithWhatWasToldInItsBlanks() {
        int checked = 0;
        for (int index = 0; index < 300; index++) {
            Row first = first(SecondSide.DRAWN, index);
            if (first.second() == null) {
                continue;
            }
            checked++;
            int shift = first.side() == Side.UNDERSTANDING ? 1 : 0;
            int[] told =
                    IntStream.range(0, first.blanks().length).map(i -> 100 + i).toArray();
            int[] filled = withStart(CLEAN.tokens());
            for (int i = 0; i < told.length; i++) {
                filled[first.blanks()[i] - shift + 1] = told[i];
            }
            Row second = SECOND.of(first, told);
            assertThat(second.input()).isEqualTo(filled);
            assertThat(second.task()).isEqualTo(Task.CHECKING);
            assertThat(second.side()).isEqualTo(first.second());
            assertThat(second.second()).isNull();
        }
        assertThat(checked).isGreaterThan(150);
    }

    @Test
    void allPositionsAreToBeGivenBackClean() {
        for (int index = 0; index < 300; index++) {
            Row first = first(SecondSide.OPPOSITE, index);
            if (first.second() == null) {
                continue;
            }
            int[] truth =
                    Arrays.stream(first.blanks()).map(i -> first.targets()[i]).toArray();
            Row second = SECOND.of(first, truth);
            assertThat(second.input()).as("a first pass that was right").isEqualTo(withStart(CLEAN.tokens()));
            if (second.side() == Side.UNDERSTANDING) {
                int[] targets = withStart(CLEAN.tokens());
                targets[0] = Row.IGNORED;
                assertThat(second.targets()).isEqualTo(targets);
            } else {
                int[] written = Arrays.copyOf(CLEAN.tokens(), CLEAN.length() + 1);
                written[CLEAN.length()] = BYTES.end();
                assertThat(second.targets()).isEqualTo(written);
                assertThat(second.decoder()).isEqualTo(withStart(CLEAN.tokens()));
            }
            RowBatch batch = new RowBatch(List.of(first));
            assertThat(batch.rows()).isEqualTo(2);
            assertThat(batch.tasks()).containsExactly(first.task().ordinal(), Task.CHECKING.ordinal());
            assertThat(batch.targetCount(0, 1)).isEqualTo(first.targetCount());
            assertThat(batch.targetCount(1, 2)).isEqualTo(second.targetCount());
            assertThat(batch.tokenCount(0, 1)).isEqualTo(first.tokenCount());
            assertThat(batch.tokenCount(1, 2)).isEqualTo(second.tokenCount());
        }
    }

    @Test
    void theOtherSideOrOneDrawnAnew() {
        int same = 0;
        int checked = 0;
        for (int index = 0; index < 2000; index++) {
            Row opposite = first(SecondSide.OPPOSITE, index);
            if (opposite.second() != null) {
                assertThat(opposite.second()).isEqualTo(opposite.side().other());
            }
            Row drawn = first(SecondSide.DRAWN, index);
            checked += drawn.second() == null ? 0 : 1;
            same += drawn.second() == drawn.side() ? 1 : 0;
        }
        assertThat((double) same / checked).isCloseTo(0.5, within(0.05));
    }

    @Test
    void bothPassesOfARowStayOnOneRank() {
        List<Row> rows = IntStream.range(0, 11)
                .mapToObj(index -> first(SecondSide.DRAWN, index))
                .toList();
        RowBatch batch = new RowBatch(rows);
        for (int ranks = 1; ranks <= 13; ranks++) {
            int count = ranks;
            assertThat(IntStream.range(0, ranks)
                            .mapToObj(rank -> batch.ofRank(rank, count).all())
                            .flatMap(List::stream))
                    .isEqualTo(rows);
            assertThat(IntStream.range(0, ranks)
                            .map(rank -> batch.ofRank(rank, count).targetCount())
                            .sum())
                    .isEqualTo(batch.targetCount());
        }
        int second = IntStream.range(0, batch.rows())
                .filter(pass -> batch.tasks()[pass] == Task.CHECKING.ordinal())
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(() -> batch.slice(0, second)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tokensForOtherBlanksAreRefused() {
        Row first = IntStream.range(0, 100)
                .mapToObj(index -> first(SecondSide.DRAWN, index))
                .filter(row -> row.second() != null)
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(() -> SECOND.of(first, new int[first.blanks().length + 1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SECOND.of(first.checked(null), new int[first.blanks().length]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
