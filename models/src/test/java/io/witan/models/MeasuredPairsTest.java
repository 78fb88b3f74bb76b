package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.models.dmoerm.PlainRewards;
import io.witan.models.dmoerm.RewardModel;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataException;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A trained reward model, measured on pairs of a file, against its rewards of each pair alone. */
class MeasuredPairsTest {
    private static final PlainRewards PAIRS = new PlainRewards(60);
    private static final Recipe RECIPE = RewardRecipeTest.recipe("checkpoint.vault=false");

    @TempDir
    static Path run;

    @TempDir
    Path folder;

    @BeforeAll
    static void train() {
        TrainedRanks.train(RECIPE, Topology.of(2), run);
    }

    private Path file(List<String> rows) throws IOException {
        return Files.write(folder.resolve("pairs.jsonl"), rows);
    }

    private static EndReport measure(Path file, String task, int most) {
        try (TrainedFamily<?, ?> model = TrainedFamily.open(run, 1)) {
            return model.measure(new RowsToMeasure(file, Optional.ofNullable(task), most));
        }
    }

    private static boolean[] ordered() {
        try (TrainedFamily<?, ?> model = TrainedFamily.open(run, 1)) {
            return PAIRS.ordered(
                    (RewardModel) model.instance().model(), RECIPE.model().seqLen());
        }
    }

    /** Wilson's interval as the solution of |p - x| = z sqrt(x (1 - x) / n). */
    private static double[] wilson(double p, int n) {
        double z = 1.959964;
        double a = 1 + z * z / n;
        double b = -(2 * p + z * z / n);
        double root = Math.sqrt(b * b - 4 * a * p * p);
        return new double[] {(-b - root) / (2 * a), (-b + root) / (2 * a)};
    }

    private static void assertShare(JsonNode share, int right, int pairs) {
        assertThat(share.path("right").intValue()).isEqualTo(right);
        assertThat(share.path("pairs").intValue()).isEqualTo(pairs);
        double[] interval = wilson((double) right / pairs, pairs);
        assertThat(share.path("low").doubleValue()).isCloseTo(interval[0], within(1e-6));
        assertThat(share.path("high").doubleValue()).isCloseTo(interval[1], within(1e-6));
    }

    @Test
    void shouldCountWhatIsOrderedRightlyInAllAndByCategory() throws IOException {
        EndReport report = measure(file(PAIRS.rows()), null, Integer.MAX_VALUE);
        boolean[] ordered = ordered();
        List<Category> categories = PAIRS.categories();
        JsonNode experts = report.json().at("/models/router and experts");
        int[] right = new int[Category.values().length];
        int[] pairs = new int[right.length];
        int all = 0;
        for (int i = 0; i < ordered.length; i++) {
            int category = categories.get(i).ordinal();
            pairs[category]++;
            right[category] += ordered[i] ? 1 : 0;
            all += ordered[i] ? 1 : 0;
        }
        assertThat(all).isBetween(1, 59);
        assertShare(experts.path("all"), all, 60);
        for (Category category : Category.values()) {
            assertShare(experts.path(category.key()), right[category.ordinal()], pairs[category.ordinal()]);
        }
        assertThat(report.json().path("label").textValue()).isEqualTo("observed");
        assertThat(report.lines()).anyMatch(line -> line.startsWith("router and experts, chat: 0."));
    }

    @Test
    void shouldMeasureOneCategoryAndNoMoreRowsThanWanted() throws IOException {
        Path file = file(PAIRS.rows());
        int chats = (int) PAIRS.categories().stream()
                .filter(category -> category == Category.CHAT)
                .count();
        String at = "/models/base model alone/all/pairs";
        assertThat(measure(file, "chat", 1000).json().at(at).intValue()).isEqualTo(chats);
        assertThat(measure(file, "chat", 3).json().at(at).intValue()).isEqualTo(3);
    }

    /** The report of the run again, from its checkpoint. */
    @Test
    void shouldReportWhatTheRunHeldBack() {
        try (TrainedFamily<?, ?> model = TrainedFamily.open(run, 1)) {
            assertThat(model.step()).isEqualTo(RECIPE.train().steps());
            assertThat(model.report()
                            .json()
                            .at("/models/bag of words/all/pairs")
                            .intValue())
                    .isBetween(40, 45);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"better\"         | \"best\"        | pairs.jsonl:2: no field \"better\"; the row has category, queries",
                "\"category\": \"\\w+\" | \"category\": \"x\" | pairs.jsonl:2: field \"category\" is \"x\"; allowed are role_play, chat",
                "\"better\": \"\\w+\" | \"better\": \"third\" | field \"better\" is \"third\"; allowed are first, second, tie",
                "\"queries\": \\[.*?\\] | \"queries\": [] | pairs.jsonl:2: field \"queries\" has no text",
                "\"first\": \"      | \"first\": \"Hello | pairs.jsonl:2: \"Hello"
            })
    void shouldNameFileRowAndField(String from, String to, String says) throws IOException {
        List<String> rows = PAIRS.rows().subList(0, 3);
        String broken = rows.get(1).replaceFirst(from, to);
        assertThat(broken).isNotEqualTo(rows.get(1));
        Path file = file(List.of(rows.get(0), broken, rows.get(2)));
        assertThatThrownBy(() -> measure(file, null, 10))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(says)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void shouldRefuseWhatCannotBeMeasured() throws IOException {
        Path file = file(PAIRS.rows());
        assertThatThrownBy(() -> measure(file, "verse", 10))
                .isInstanceOf(ConfigException.class)
                .hasMessage("task verse is no category of dmoerm, which has role_play, chat, subjective_qa,"
                        + " objective_qa, text_creation");
        Path other = Files.writeString(folder.resolve("other.jsonl"), "{\"text\": \"one\"}\n");
        assertThatThrownBy(() -> measure(other, null, 10))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("other.jsonl:1: no field tells what pairs these are; one of \"better\"");
        assertThatThrownBy(() -> measure(folder.resolve("none.jsonl"), null, 10))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.jsonl: no such file of pairs");
        Path ties = Files.write(
                folder.resolve("ties.jsonl"),
                PAIRS.rows().stream()
                        .map(row -> row.replaceFirst("\"better\": \"\\w+\"", "\"better\": \"tie\""))
                        .toList());
        assertThatThrownBy(() -> measure(ties, null, 10))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("ties.jsonl: holds no pair of which one response is better");
    }
}
