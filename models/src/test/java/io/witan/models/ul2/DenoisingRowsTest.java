package io.witan.models.ul2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.DataException;
import io.witan.runtime.text.ByteTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DenoisingRowsTest {
    private static final int MOST = 20;
    private static final int TOKENS = 5000;
    private static final int END = 4999;
    private static final Pieces PIECES = new Pieces(TOKENS, END, 4);
    private static final PlainDenoising PLAIN = new PlainDenoising(TOKENS, END);

    /** 30 tokens from {@code 100 * number} on. */
    private static List<int[]> texts(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(number ->
                        IntStream.range(100 * number, 100 * number + 30).toArray())
                .toList();
    }

    private static DenoisingRows rows(long seed) {
        return new DenoisingRows(new Texts(texts(0, 10), texts(10, 3), "texts"), PIECES, MOST, seed);
    }

    private static int[] read(DenoisedRow row) {
        return PLAIN.read(row).text();
    }

    @Test
    void denoisersShouldHaveEqualShares() {
        DenoisingRows rows = rows(1);
        Map<Denoiser, Integer> counts = new EnumMap<>(Denoiser.class);
        for (int number = 0; number < 7000; number++) {
            counts.merge(rows.train(number).denoiser(), 1, Integer::sum);
        }
        // A thousand rows are no multiple of seven: six of the seven have one row more or fewer in each.
        assertThat(counts).hasSize(7).allSatisfy((_, count) -> assertThat(count).isBetween(994, 1001));
        assertThat(counts.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(7000);
    }

    @Test
    void aLongTextShouldGiveAllItsStretches() {
        DenoisingRows rows = rows(1);
        Set<Integer> begins = new HashSet<>();
        for (int number = 0; number < 1000; number++) {
            int[] text = read(rows.train(number));
            assertThat(text).hasSize(MOST);
            int begin = text[0];
            assertThat(text).isEqualTo(IntStream.range(begin, begin + MOST).toArray());
            begins.add(begin % 100);
        }
        assertThat(begins).hasSize(11).allMatch(begin -> begin <= 10);
    }

    @Test
    void anEpochShouldHaveEachTextOnceAndDamageItAnew() {
        DenoisingRows rows = rows(1);
        List<DenoisedRow> all = IntStream.range(0, 40).mapToObj(rows::train).toList();
        for (int epoch = 0; epoch < 4; epoch++) {
            Set<Integer> texts = all.subList(10 * epoch, 10 * epoch + 10).stream()
                    .map(row -> read(row)[0] / 100)
                    .collect(Collectors.toSet());
            assertThat(texts)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 10).boxed().toList());
        }
        assertThat(new HashSet<>(all)).hasSizeGreaterThan(35);
        assertThat(IntStream.range(0, 40).mapToObj(rows::train)).isEqualTo(all);
        assertThat(IntStream.range(0, 40).mapToObj(rows(2)::train)).isNotEqualTo(all);
    }

    @Test
    void heldBackTextsShouldComeUnderEveryDenoiserAndForEverySeedAlike() {
        DenoisingRows rows = rows(1);
        assertThat(rows.validationRows()).isEqualTo(21);
        List<Integer> texts = new ArrayList<>();
        for (int text = 0; text < 3; text++) {
            for (int i = 0; i < 7; i++) {
                DenoisedRow row = rows.validation(7 * text + i);
                assertThat(row).isEqualTo(rows(2).validation(7 * text + i));
                assertThat(row.denoiser()).isEqualTo(Denoiser.values()[i]);
                texts.add(read(row)[0] / 100);
            }
            assertThat(new HashSet<>(texts.subList(7 * text, 7 * text + 7))).hasSize(1);
        }
        assertThat(new HashSet<>(texts)).containsExactlyInAnyOrder(10, 11, 12);
    }

    private static DataConfig data(String path, double heldBack) {
        return ConfigBinder.bind(
                ConfigTree.parse("source: file\npath: %s\nvalidation_fraction: %s\n".formatted(path, heldBack), "test"),
                DataConfig.class);
    }

    @Test
    void aTextShouldBeHeldBackOrTrainedOn(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("texts.jsonl");
        Files.writeString(
                file,
                IntStream.range(0, 50)
                        .mapToObj(i -> "{\"text\": \"text number " + i + "\"}\n")
                        .collect(Collectors.joining()));
        ByteTokenizer tokenizer = new ByteTokenizer();
        Texts texts = Texts.read(data(file.toString(), 0.3), tokenizer);
        Set<String> train = texts.train().stream().map(tokenizer::decode).collect(Collectors.toSet());
        Set<String> heldBack = texts.heldBack().stream().map(tokenizer::decode).collect(Collectors.toSet());
        assertThat(train.size() + heldBack.size()).isEqualTo(50);
        assertThat(heldBack).isNotEmpty().doesNotContainAnyElementsOf(train);
        assertThat(train.iterator().next()).startsWith("text number ");
        assertThat(Texts.read(data(file.toString(), 0), tokenizer).fingerprint())
                .isNotEqualTo(texts.fingerprint());
    }

    @Test
    void noTextShouldBeRefused() {
        assertThatThrownBy(() -> Texts.read(data("/no/such/file", 0.3), new ByteTokenizer()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("/no/such/file: no such data file");
    }
}
