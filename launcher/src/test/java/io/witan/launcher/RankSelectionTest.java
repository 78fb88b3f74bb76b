package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RankSelectionTest {
    @Test
    void listsAndRangesAreRead() {
        RankSelection selection = RankSelection.parse("0,2-4,7");
        assertThat(IntStream.range(0, 10).filter(selection::contains)).containsExactly(0, 2, 3, 4, 7);
        assertThat(selection.last()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "1,", "a", "-1", "3-2", "1-2-3", "4096", "99999999999", "0 1"})
    void otherTextIsRefused(String text) {
        assertThatThrownBy(() -> RankSelection.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be rank numbers from 0 to 4095, such as 0,2-5, got \"" + text + "\"");
    }
}
