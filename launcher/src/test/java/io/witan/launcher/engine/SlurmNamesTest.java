package io.witan.launcher.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Slurm's short forms, genuine and hostile. */
final class SlurmNamesTest {
    private static List<String> hosts(String text) {
        return HostList.expand("LIST", text);
    }

    private static List<Integer> counts(String text) {
        return NodeCounts.expand("COUNTS", text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            tux                     | tux
            tux[1-3]                | tux1 tux2 tux3
            tux[08-10]              | tux08 tux09 tux10
            tux[1-2,07],login.x-1   | tux1 tux2 tux07 login.x-1
            r[0-1]n[1-2]            | r0n1 r0n2 r1n1 r1n2
            a[3]b,c                 | a3b c
            """)
    void hostListsAreSpelledOut(String text, String names) {
        assertThat(hosts(text)).containsExactly(names.split(" "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "a,",
                "a[",
                "a]",
                "a[]",
                "a[1",
                "a[1-]",
                "a[2-1]",
                "a[[1]]",
                "a[1-3",
                "a[x]",
                "-a",
                "a b",
                "$(x)",
                "a;b",
                "a[1-99999]",
                "a[0-999999999]",
                "a[1-99][1-99]",
                "a[1-64][1-64][1-64][1-64][1-64]",
                "a[1-2-3]",
                "a[1,]",
                "a\nb",
                "a[99999999999]",
                "ä"
            })
    void otherTextIsRefused(String text) {
        assertThatThrownBy(() -> hosts(text))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageStartingWith("LIST must be host names, such as tux[1-3,7],login, got \"")
                .hasMessageNotContaining("\n");
    }

    @Example
    void countsAreSpelledOut() {
        assertThat(counts("2(x3),1")).containsExactly(2, 2, 2, 1);
        assertThat(counts("4")).containsExactly(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "0",
                "-1",
                "2(x0)",
                "2(x",
                "2(3)",
                "2(x99999)",
                "99999",
                "1,,1",
                "2(x3)1",
                "4096(x4096),1",
                "x"
            })
    void otherCountsAreRefused(String text) {
        assertThatThrownBy(() -> counts(text))
                .isInstanceOf(LaunchException.class)
                .hasMessageStartingWith("COUNTS must be numbers from 1 to 4096, such as 2(x3),1, got \"");
    }

    @Property(tries = 200)
    void countsComeBackAsTheyWere(
            @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 4096) Integer> counts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0, times; i < counts.size(); i += times) {
            times = 1;
            while (i + times < counts.size() && counts.get(i + times).equals(counts.get(i))) {
                times++;
            }
            text.append(i == 0 ? "" : ",").append(counts.get(i)).append(times == 1 ? "" : "(x" + times + ")");
        }
        assertThat(counts(text.toString())).isEqualTo(counts);
    }

    @Property(tries = 2000)
    void anyTextIsSpelledOutOrRefused(@ForAll("damaged") String text) {
        try {
            assertThat(hosts(text)).isNotEmpty().allMatch(name -> name.matches("[A-Za-z0-9._-]+"));
        } catch (LaunchException e) {
            assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT);
        }
        try {
            assertThat(counts(text)).isNotEmpty().allMatch(count -> count > 0);
        } catch (LaunchException e) {
            assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT);
        }
    }

    @Provide
    Arbitrary<String> damaged() {
        return Arbitraries.strings().withChars("ab019[],-(x) \n").ofMaxLength(24);
    }
}
