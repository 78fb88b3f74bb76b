package io.witan.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Damaged cluster files are read or refused with one line; nothing else is thrown. */
final class ClusterFileFuzzTest {
    private static final String GOOD =
            "port: 5000\nnodes:\n  - {name: a, address: h1, ranks: 2}\n  - name: b\n    address: h2\n    command: [x, y]\n";

    @Property(tries = 1000)
    void damagedFilesAreReadOrRefused(@ForAll("damaged") String text) {
        try {
            assertThat(ClusterFile.parse(text, "f", _ -> true).worldSize()).isPositive();
        } catch (LaunchException e) {
            assertThat(e.code()).isEqualTo(ExitCode.CONFIG);
            assertThat(e.getMessage()).startsWith("f:").doesNotContain("\n");
        }
    }

    @Provide
    Arbitrary<String> damaged() {
        Arbitrary<Integer> places = Arbitraries.integers().between(0, GOOD.length());
        Arbitrary<String> pieces =
                Arbitraries.strings().withChars("&*![]{}:,#|>-\"'\n\t %@`x0?").ofMaxLength(6);
        return net.jqwik.api.Combinators.combine(places, places, pieces)
                .as((from, to, piece) -> GOOD.substring(0, Math.min(from, to))
                        + piece
                        + GOOD.substring(Math.max(from, to) - Math.abs(from - to) / 2));
    }
}
