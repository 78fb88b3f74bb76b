package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.text.ByteTokenizer;
import io.witan.runtime.text.GivenData;
import io.witan.runtime.text.TokenizerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataSourcesTest {
    private static DataConfig config(String... assignments) {
        ConfigTree tree = ConfigTree.empty();
        for (String assignment : assignments) {
            tree = tree.set(assignment, "--set");
        }
        return ConfigBinder.bind(tree, DataConfig.class);
    }

    @Test
    void defaultsGenerateArithmetic() {
        DataConfig config = config("documents=300");
        TrainingData<TokenBatch> data = DataSources.open(config, 1, 32, 4, 2);

        assertThat(config.source()).isEqualTo(DataConfig.Source.ARITHMETIC);
        assertThat(data.vocabularySize()).isEqualTo(257);
        assertThat(data.train(7, 1).rows()).isEqualTo(4);
        assertThat(data.train(7, 1).positions()).isEqualTo(32);
        assertThat(data.validationBytes())
                .isEqualTo(DataSources.split(config).validation().utf8Bytes())
                .isPositive();
        assertThat(data.describe()).contains("documents");
    }

    @Test
    void theRunsSeedChangesTheOrderAndNotTheDocuments() {
        DataConfig config = config("documents=300");
        TrainingData<TokenBatch> one = DataSources.open(config, 1, 32, 4, 2);
        TrainingData<TokenBatch> two = DataSources.open(config, 2, 32, 4, 2);
        assertThat(one.train(0, 0)).isNotEqualTo(two.train(0, 0));
        assertThat(one.validation(0)).isEqualTo(two.validation(0));
        assertThat(DataSources.split(config("documents=300", "corpus_seed=1")).train())
                .isNotEqualTo(DataSources.split(config).train());
    }

    @Test
    void whatWasOpenedIsNotReadAgain(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("x.jsonl"), "{\"text\": \"one\"}\n{\"text\": \"two\"}\n");
        DataConfig config = config("source=file", "path=" + file, "validation_fraction=0");
        DataCache cache = new DataCache();
        TrainingData<TokenBatch> before = cache.open(config, 1, 2, 2, 1);
        Files.writeString(file, "{\"text\": \"three\"}\n");

        TrainingData<TokenBatch> again = cache.open(config, 1, 2, 2, 1);
        assertThat(again.fingerprint()).isEqualTo(before.fingerprint());
        assertThat(again.train(0, 0)).isEqualTo(before.train(0, 0));
        // With a shape and a seed of its own.
        assertThat(cache.open(config, 1, 3, 1, 1).train(0, 0).positions()).isEqualTo(3);

        cache.open(config("documents=300"), 1, 2, 2, 1);
        assertThat(cache.open(config, 1, 2, 2, 1).fingerprint()).isNotEqualTo(before.fingerprint());
    }

    @Test
    void filesAreReadWithTheirFields(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("x.jsonl"),
                "{\"q\": \"one\", \"a\": \"1\", \"no\": \"zzz\"}\n{\"q\": \"two\", \"a\": \"2\", \"no\": \"zzz\"}\n");
        DataConfig config = config("source=file", "path=" + file, "fields=[a, q]", "validation_fraction=0");
        TrainingData<TokenBatch> data = DataSources.open(config, 1, 12, 1, 1);

        assertThat(DataSources.split(config).train().texts()).containsExactly("1\none", "2\ntwo");
        assertThat(new ByteTokenizer().decode(data.train(0, 0).targets()))
                .hasSize(10)
                .doesNotContain("z");
        assertThat(data.validationBatches()).isZero();
    }

    @Test
    void validationCanBeLimited() {
        DataConfig config = config("documents=400", "validation_fraction=0.3", "max_validation_documents=5");
        assertThat(DataSources.split(config).validation().count()).isEqualTo(5);
    }

    @Test
    void theTokenStreamHasItsOwnVocabulary() {
        TrainingData<TokenBatch> data = DataSources.open(config("source=lcg", "vocabulary_size=4096"), 1, 8, 2, 1);
        assertThat(data.vocabularySize()).isEqualTo(4096);
        assertThat(data.train(0, 0)).isEqualTo(new LcgTokens(4096, new BatchShape(2, 8, 1)).train(0, 0));
        assertThat(DataSources.split(config("source=lcg")).train().count()).isZero();
    }

    @Test
    void contradictionsAreRefused() {
        assertThatThrownBy(() -> config("source=file"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("source file needs a path");
        assertThatThrownBy(() -> config("path=x"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("path x needs source file");
        assertThatThrownBy(() -> DataSources.open(config("source=file", "path=/no/such"), 1, 1, 1, 1))
                .isInstanceOf(DataException.class)
                .hasMessage("/no/such: no such data file or folder");
        assertThatThrownBy(() -> DataSources.open(config("tokenizer=bytes"), 1, 1, 1, 1))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("tokenizer bytes: neither \"byte\" nor a file or folder");
    }

    @Test
    void tasksHaveSourcesOfTheirOwn(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("x.jsonl"), "{\"q\": \"zzz\"}\n{\"q\": \"zz\"}\n");
        DataConfig config =
                config("tasks=[{name: sums, stories: measure, documents: 50, weight: 3}, {name: zs, source: file,"
                        + " path: " + file + "}]");
        TrainingData<TokenBatch> data = DataSources.open(config, 1, 8, 100, 10);

        assertThat(data.tasks()).containsExactly("sums", "zs");
        int ofFile = 0;
        for (int micro = 0; micro < 10; micro++) {
            TokenBatch batch = data.train(0, micro);
            for (int row = 0; row < 100; row++) {
                int[] ids = batch.slice(row, row + 1).inputs();
                boolean zs = batch.tasks()[row] == 1;
                ofFile += zs ? 1 : 0;
                assertThat(new ByteTokenizer().decode(ids).replace("z", "").isEmpty())
                        .isEqualTo(zs);
            }
        }
        assertThat(ofFile).isEqualTo(250);
        Split split = DataSources.split(config);
        assertThat(split.train().count() + split.validation().count()).isEqualTo(52);
        assertThat(data.validationBytes()).isEqualTo(split.validation().utf8Bytes());
        assertThat(data.fingerprint()).doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{name: a}, {name: a}] | tasks must have different names, got a, a",
                "[{weight: 1}] | tasks[0].name is missing",
                "[{name: 'a b'}] | tasks[0]: name must be a letter",
                "[{name: a, weight: 0}] | tasks[0].weight must be a number above 0",
                "[{name: a, source: lcg}] | tasks[0]: source lcg is no text",
                "[{name: a, source: file}] | tasks[0]: source file needs a path",
                "[{name: a, path: x}] | tasks[0]: path x needs source file",
                "[{name: a, stories: fairy}] | tasks[0].stories must be one of all, counting, measure"
            })
    void tasksThatCannotBeAreRefused(String tasks, String message) {
        assertThatThrownBy(() -> config("tasks=" + tasks))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void tasksAndAnotherSourceAreRefused() {
        assertThatThrownBy(() -> config("tasks=[{name: a}]", "source=file", "path=x"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("tasks have sources of their own: source, path and fields must be left out");
    }

    @Test
    void gsm8kIsSplitAndMeasured() {
        Path file = GivenData.require("gsm8k/train.jsonl");
        DataConfig config = config("source=file", "path=" + file, "fields=[question, answer]");
        Split split = DataSources.split(config);
        assertThat(split.train().count() + split.validation().count()).isEqualTo(7473);
        assertThat(split.validation().count()).isBetween(330, 420);
        TrigramBaseline baseline = TrigramBaseline.fit(split.train());
        double nats = baseline.natsPerByte(split.validation());
        assertThat(nats).isBetween(1.5, 2.5);
        String row = split.train().texts().get(100);
        assertThat(CopyReport.of(split.train(), "Q" + row + "Q").longestCopy()).isEqualTo(row);
    }
}
