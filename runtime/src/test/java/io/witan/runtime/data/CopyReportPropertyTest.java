package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.data.arithmetic.ArithmeticCorpus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class CopyReportPropertyTest {
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.strings().withChars("ab").ofMaxLength(25),
                Arbitraries.strings().withChars("abcd ").ofMaxLength(25),
                Arbitraries.of("😀", "😁", "a", "数").list().ofMaxSize(10).map(list -> String.join("", list)));
    }

    @Provide
    Arbitrary<List<String>> trainings() {
        return texts().list().ofMaxSize(4);
    }

    /** Longest common substring by trying every stretch, in code points. */
    private static int longestByTrial(List<String> training, String generated) {
        int[] points = generated.codePoints().toArray();
        for (int length = points.length; length > 0; length--) {
            for (int start = 0; start + length <= points.length; start++) {
                String stretch = new String(points, start, length);
                if (training.stream().anyMatch(text -> text.contains(stretch))) {
                    return length;
                }
            }
        }
        return 0;
    }

    @Property(tries = 2000)
    void theLongestCopyIsTheOneFoundByTrial(
            @ForAll("trainings") List<String> training, @ForAll("texts") String generated) {
        CopyReport report = CopyReport.of(new Documents(training), generated);

        assertThat(report.longestCopyChars()).isEqualTo(longestByTrial(training, generated));
        assertThat(generated).contains(report.longestCopy());
        assertThat(report.longestCopy().isEmpty() || training.stream().anyMatch(t -> t.contains(report.longestCopy())))
                .isTrue();
    }

    @Example
    void wordsAreCountedInTheirSpelling() {
        Documents training = new Documents(List.of("Ben doesn't have 12 apples.", "Élan vital"));
        CopyReport report = CopyReport.of(training, "Ben doesn't ben 99 Élan, apples pears");
        assertThat(report.words()).isEqualTo(6);
        assertThat(report.trainingWords()).isEqualTo(4);
        assertThat(report.trainingWordShare()).isEqualTo(4.0 / 6);
        assertThat(report.longestCopy()).isEqualTo("Ben doesn't ");
    }

    @Example
    void aCopyDoesNotReachOverTwoDocuments() {
        CopyReport report = CopyReport.of(new Documents(List.of("one two", " three four")), "one two three four");
        assertThat(report.longestCopy()).isEqualTo(" three four");
        assertThat(CopyReport.of(new Documents(List.of("x")), "").trainingWordShare())
                .isEqualTo(1);
    }

    @Example
    void aPlantedCopyIsFoundInMegabytes() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 22_000; i++) {
            texts.add(ArithmeticCorpus.document(2, i));
        }
        Documents training = new Documents(texts);
        assertThat(training.utf8Bytes()).isGreaterThan(4_000_000);
        String planted = texts.get(17_345);
        String noise = "q".repeat(50_000);
        char[] scrambled = texts.get(3).toCharArray();
        Arrays.sort(scrambled);

        CopyReport report = CopyReport.of(training, noise + new String(scrambled) + planted + noise);

        assertThat(report.longestCopy()).isEqualTo(planted);
    }
}
