package io.witan.models.dmoerm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.data.DataException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairSplitTest {
    private static List<TextPair> pairs(int count, int pairsOfAQuery) {
        return IntStream.range(0, count)
                .mapToObj(i -> new TextPair(
                        PairLabels.observed(Category.CHAT, Winner.FIRST),
                        List.of("query " + i / pairsOfAQuery),
                        "first " + i,
                        "second"))
                .toList();
    }

    private static Set<String> queries(List<TextPair> pairs) {
        return pairs.stream().map(TextPair::query).collect(Collectors.toSet());
    }

    @Test
    void partsHaveTheirSizesAndShareNothing() {
        List<TextPair> pairs = pairs(1000, 1);
        PairSplit split = PairSplit.of(pairs, 100, 200, 3);

        assertThat(split.test()).hasSize(200);
        assertThat(split.validation()).hasSize(100);
        assertThat(split.base()).hasSize(420);
        assertThat(split.aggregator()).hasSize(280);
        List<TextPair> all = new ArrayList<>(split.train());
        all.addAll(split.validation());
        all.addAll(split.test());
        assertThat(all).containsExactlyInAnyOrderElementsOf(pairs);
    }

    @Test
    void pairsOfAQueryStayTogether() {
        PairSplit split = PairSplit.of(pairs(400, 4), 30, 50, 3);
        assertThat(split.test()).hasSize(52);
        assertThat(split.validation()).hasSize(32);
        Set<String> seen = new HashSet<>();
        for (List<TextPair> part : List.of(split.base(), split.aggregator(), split.validation(), split.test())) {
            Set<String> queries = queries(part);
            assertThat(part).hasSize(4 * queries.size());
            assertThat(queries).noneMatch(seen::contains);
            seen.addAll(queries);
        }
    }

    @Test
    void theSeedSaysWhichPairsAreWhere() {
        List<TextPair> pairs = pairs(100, 1);
        assertThat(PairSplit.of(pairs, 10, 20, 3)).isEqualTo(PairSplit.of(pairs, 10, 20, 3));
        assertThat(PairSplit.of(pairs, 10, 20, 4).test())
                .isNotEqualTo(PairSplit.of(pairs, 10, 20, 3).test());
    }

    @Test
    void anEmptyTrainingPartIsRefused() {
        assertThatThrownBy(() -> PairSplit.of(pairs(12, 4), 4, 4, 1))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "12 pairs with 3 different queries leave 4 and 0 to train base and aggregator on, after 4 for"
                                + " validation and 4 for the test");
        assertThatThrownBy(() -> PairSplit.of(List.of(), 0, 0, 1)).isInstanceOf(DataException.class);
    }
}
