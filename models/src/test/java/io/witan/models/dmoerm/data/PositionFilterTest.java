package io.witan.models.dmoerm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PositionFilterTest {
    private static TextPair chat(String name, Winner inOrder, Winner reversed) {
        PointLabel other = new PointLabel(Winner.FIRST, Winner.SECOND, Winner.FIRST);
        List<PointLabel> points = new ArrayList<>(Collections.nCopies(5, other));
        points.set(3, new PointLabel(inOrder, reversed, Winner.UNKNOWN));
        PairLabels labels = new PairLabels(Category.CHAT, Winner.FIRST, Winner.UNKNOWN, List.of(), points);
        return new TextPair(labels, List.of(name), "x", "y");
    }

    @Test
    void keepsWhatBothOrdersSay() {
        TextPair first = chat("first", Winner.FIRST, Winner.FIRST);
        TextPair second = chat("second", Winner.SECOND, Winner.SECOND);
        List<TextPair> pairs = List.of(
                chat("shown first", Winner.FIRST, Winner.SECOND),
                first,
                chat("shown second", Winner.SECOND, Winner.FIRST),
                chat("tie", Winner.TIE, Winner.TIE),
                chat("half a tie", Winner.TIE, Winner.SECOND),
                second,
                new TextPair(PairLabels.observed(Category.CHAT, Winner.FIRST), List.of("no points"), "x", "y"));

        PositionFilter.Filtered<TextPair> filtered = PositionFilter.keep(pairs, Category.CHAT, 3);

        assertThat(filtered)
                .isEqualTo(new PositionFilter.Filtered<>(
                        List.of(first, second), List.of(Winner.FIRST, Winner.SECOND), 1, 3));
        assertThat(PositionFilter.keep(pairs, Category.CHAT, 0).inconsistent()).isEqualTo(6);
        assertThat(PositionFilter.keep(pairs, Category.ROLE_PLAY, 3).pairs()).isEmpty();
    }

    @Test
    void aPointThatTheCategoryLacksIsRefused() {
        assertThatThrownBy(() -> PositionFilter.keep(List.<TextPair>of(), Category.CHAT, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("point 5 of category chat, which has 5");
    }

    @Test
    void labelsOfPointsAreOneForEachPoint() {
        List<PointLabel> six = Collections.nCopies(6, new PointLabel(Winner.TIE, Winner.TIE, Winner.TIE));
        assertThatThrownBy(() -> new PairLabels(Category.CHAT, Winner.FIRST, Winner.FIRST, List.of(), six))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a pair of category chat has 5 points, got labels of 6");
    }

    @Test
    void pointsAreCountedThrough() {
        assertThat(Category.allPoints()).isEqualTo(27);
        assertThat(List.of(Category.values()).stream().map(Category::firstPoint).toList())
                .containsExactly(0, 6, 11, 16, 22);
    }
}
