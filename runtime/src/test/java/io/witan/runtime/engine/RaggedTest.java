package io.witan.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RaggedTest {
    private static final Ragged ROWS = Ragged.ofLengths(0, 2, 0, 0, 3, 1, 0);

    @Test
    void shouldKnowWhereSequencesLie() {
        assertThat(ROWS.offsets()).containsExactly(0, 0, 2, 2, 2, 5, 6, 6);
        assertThat(ROWS.sequences()).isEqualTo(7);
        assertThat(ROWS.rows()).isEqualTo(6);
        assertThat(ROWS.length(4)).isEqualTo(3);
        assertThat(ROWS.begin(5)).isEqualTo(5);
        assertThat(ROWS.positions()).containsExactly(0, 1, 0, 1, 2, 0);
        assertThat(Ragged.equal(2, 3)).isEqualTo(Ragged.ofLengths(3, 3)).hasSameHashCodeAs(Ragged.ofLengths(3, 3));
    }

    @Test
    void shouldPassOverEmptySequences() {
        int[] expected = {1, 1, 4, 4, 4, 5};
        for (int row = 0; row < expected.length; row++) {
            assertThat(ROWS.sequenceOf(row)).isEqualTo(expected[row]);
        }
    }

    @Test
    void shouldGiveTokensTheTaskOfTheirSequence() {
        TokenTasks tasks = new TokenTasks(new int[] {9, 3, 9, 9, 0, 2, 9}, ROWS);
        assertThat(tasks.tokens()).isEqualTo(6);
        int[] expected = {3, 3, 0, 0, 0, 2};
        for (int token = 0; token < expected.length; token++) {
            assertThat(tasks.of(token)).isEqualTo(expected[token]);
        }
        TokenTasks equal = new TokenTasks(new int[] {4, 1}, 3);
        assertThat(equal.tokens()).isEqualTo(6);
        assertThat(equal.of(2)).isEqualTo(4);
        assertThat(equal.of(3)).isEqualTo(1);
        assertThat(TokenTasks.NONE.isNone()).isTrue();
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        assertThatThrownBy(() -> new Ragged(new int[] {1, 2})).hasMessageContaining("begin with 0");
        assertThatThrownBy(() -> new Ragged(new int[] {0, 2, 1})).hasMessageContaining("begins at 2 and ends at 1");
        assertThatThrownBy(() -> new TokenTasks(new int[1], ROWS)).hasMessageContaining("1 tasks of 7 sequences");
    }
}
