package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class SplitPropertyTest {
    private static Documents documents(int count) {
        return new Documents(
                IntStream.range(0, count).mapToObj(i -> "text " + i).toList());
    }

    @Property(tries = 200)
    void bothPartsTogetherAreTheWholeInItsOrder(
            @ForAll @IntRange(min = 2, max = 80) int count,
            @ForAll @DoubleRange(min = 0.01, max = 0.99) double fraction,
            @ForAll long seed) {
        Documents all = documents(count);

        Split split = Split.of(all, fraction, seed);

        assertThat(split.train().count()).isPositive();
        assertThat(split.validation().count()).isPositive();
        List<String> merged = new ArrayList<>(all.texts());
        merged.removeAll(new HashSet<>(split.validation().texts()));
        assertThat(split.train().texts()).isEqualTo(merged);
        assertThat(split.train().count() + split.validation().count()).isEqualTo(count);
        assertThat(Split.of(all, fraction, seed)).isEqualTo(split);
    }

    @Property(tries = 50)
    void aDocumentStaysOnItsSideWhateverStandsAroundIt(@ForAll long seed) {
        Split small = Split.of(documents(200), 0.3, seed);
        Split large = Split.of(documents(400), 0.3, seed);
        assertThat(large.validation().texts()).containsAll(small.validation().texts());
        assertThat(large.train().texts()).containsAll(small.train().texts());
    }

    @Example
    void theShareIsTheFraction() {
        assertThat(Split.of(documents(20_000), 0.05, 1).validation().count()).isBetween(900, 1100);
    }

    @Example
    void anotherSeedHoldsOthersBack() {
        assertThat(Split.of(documents(500), 0.2, 1).validation())
                .isNotEqualTo(Split.of(documents(500), 0.2, 2).validation());
    }

    @Example
    void equalDocumentsFallOnOneSide() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            texts.add("text " + i % 100);
        }
        Split split = Split.of(new Documents(texts), 0.3, 9);
        assertThat(split.train().texts())
                .doesNotContainAnyElementsOf(split.validation().texts());
    }

    @Example
    void nothingIsHeldBackAtFractionZero() {
        Split split = Split.of(documents(1), 0, 1);
        assertThat(split.train().count()).isEqualTo(1);
        assertThat(split.validation().count()).isZero();
    }

    @Example
    void oneDocumentCannotBeSplit() {
        assertThatThrownBy(() -> Split.of(new Documents(List.of("a", "a")), 0.5, 1))
                .isInstanceOf(DataException.class)
                .hasMessage("cannot hold documents back for validation: fewer than two different documents;"
                        + " set data.validation_fraction=0");
    }

    @Property(tries = 50)
    void theLimitKeepsThatManyAndTrainsOnNoMore(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int limit) {
        Split split = Split.of(documents(200), 0.2, seed);
        Split limited = split.withValidationLimit(limit, seed);
        assertThat(limited.train()).isEqualTo(split.train());
        assertThat(limited.validation().count())
                .isEqualTo(Math.min(limit, split.validation().count()));
        assertThat(split.validation().texts())
                .containsSubsequence(limited.validation().texts());
    }
}
