package io.witan.models.dmoerm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.text.ByteTokenizer;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairEncoderTest {
    private static PairEncoder encoder(int maxTokens) {
        return new PairEncoder(new ByteTokenizer(), maxTokens);
    }

    /** Bytes as characters, the separator as a bar. */
    private static String text(int[] row) {
        return IntStream.of(row)
                .mapToObj(id -> id == 256 ? "|" : String.valueOf((char) id))
                .collect(Collectors.joining());
    }

    @Test
    void rowsHaveSeparatorsAroundTheirPieces() {
        TextPair pair = new TextPair(PairLabels.observed(Category.CHAT, Winner.FIRST), List.of("ab", "cde"), "fg", "");
        PreferencePair rows = encoder(20).encode(pair);

        assertThat(text(rows.prompt())).isEqualTo("|ab|cde|");
        assertThat(text(rows.first())).isEqualTo("|cde|fg|");
        assertThat(text(rows.second())).isEqualTo("|cde||");
        assertThat(rows.labels()).isSameAs(pair.labels());
    }

    @Test
    void whatIsTooLongIsCut() {
        assertThat(text(encoder(9).rewardRow("abcdef", "ghijkl"))).isEqualTo("|def|ghi|");
        assertThat(text(encoder(9).rewardRow("abcdef", "g"))).isEqualTo("|bcdef|g|");
        assertThat(text(encoder(9).rewardRow("a", "ghijkl"))).isEqualTo("|a|ghijk|");
        assertThat(text(encoder(10).rewardRow("abcdef", "ghijkl"))).isEqualTo("|def|ghij|");
        assertThat(text(encoder(9).rewardRow("abc", "def"))).isEqualTo("|abc|def|");
        assertThat(text(encoder(8).promptRow(List.of("abcd", "efg")))).isEqualTo("|cd|efg|");
        assertThat(text(encoder(6).promptRow(List.of("abcd", "efghij")))).isEqualTo("|ghij|");
    }

    @Test
    void rowsWithoutRoomAreRefused() {
        assertThatThrownBy(() -> encoder(4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rows of 4 tokens have no room for query and response");
    }
}
