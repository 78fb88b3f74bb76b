package io.witan.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ConfigRoundTripPropertyTest {
    enum Colour {
        RED,
        DARK_GREEN,
        NULL
    }

    record Inner(String name, double value, Optional<Integer> count, List<String> words) {}

    record Outer(
            int a,
            long b,
            double c,
            float d,
            boolean e,
            String f,
            Colour g,
            List<Double> h,
            Optional<Inner> i,
            List<Inner> j,
            @Default("x") String k,
            @Default("[9]") List<Integer> l) {}

    /** Texts of every kind, those that look like other YAML among them. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(12),
                Arbitraries.strings().withChars("\\ :#-[]{}&*!|>'\"%@`,\n\t?~").ofMaxLength(8),
                Arbitraries.strings()
                        .withCharRange(Character.MIN_VALUE, Character.MAX_VALUE)
                        .ofMaxLength(4),
                Arbitraries.of("", "null", "~", "true", "1e-3", "- a", "a: b", "# c", "😀 𝛼", "\u0085\u2028\ufeff"));
    }

    private Arbitrary<Inner> inners() {
        return Combinators.combine(
                        texts(),
                        Arbitraries.doubles(),
                        Arbitraries.integers().optional(),
                        texts().list().ofMaxSize(3))
                .as(Inner::new);
    }

    @Provide
    Arbitrary<Outer> outers() {
        var numbers = Combinators.combine(Arbitraries.integers(), Arbitraries.longs(), doubles(), Arbitraries.floats())
                .as((a, b, c, d) -> new Object[] {a, b, c, d});
        var lists = Combinators.combine(
                        doubles().list().ofMaxSize(3),
                        inners().optional(),
                        inners().list().ofMaxSize(2),
                        Arbitraries.integers().list().ofMaxSize(2))
                .as((h, i, j, l) -> new Object[] {h, i, j, l});
        return Combinators.combine(
                        numbers, lists, Arbitraries.of(true, false), texts(), Arbitraries.of(Colour.class), texts())
                .as(ConfigRoundTripPropertyTest::outer);
    }

    private static Arbitrary<Double> doubles() {
        return Arbitraries.oneOf(
                Arbitraries.doubles(),
                Arbitraries.of(
                        Double.MIN_VALUE, -Double.MAX_VALUE, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0));
    }

    @SuppressWarnings("unchecked")
    private static Outer outer(Object[] numbers, Object[] lists, boolean e, String f, Colour g, String k) {
        return new Outer(
                (int) numbers[0],
                (long) numbers[1],
                (double) numbers[2],
                (float) numbers[3],
                e,
                f,
                g,
                (List<Double>) lists[0],
                (Optional<Inner>) lists[1],
                (List<Inner>) lists[2],
                k,
                (List<Integer>) lists[3]);
    }

    @Property
    void aResolvedConfigurationParsesBackToTheEqualRecord(@ForAll("outers") Outer outer) {
        ConfigTree tree = ConfigBinder.toTree(outer);
        ConfigTree again = ConfigTree.parse(tree.toYaml(), "run.yaml");

        assertThat(again).isEqualTo(tree);
        assertThat(ConfigBinder.bind(again, Outer.class)).isEqualTo(outer);
    }

    @Property
    void textSetOnTheCommandLineArrivesAsItIs(@ForAll("texts") String text) {
        record One(String key) {}

        ConfigTree tree = ConfigTree.empty().setText("key", text, "--key");

        assertThat(ConfigBinder.bind(tree, One.class).key()).isEqualTo(text);
    }
}
