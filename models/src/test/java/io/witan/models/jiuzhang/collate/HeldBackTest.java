package io.witan.models.jiuzhang.collate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.jiuzhang.collate.KnowledgePoints.Levels;
import io.witan.models.jiuzhang.collate.PretrainingRows.SecondSide;
import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemSplit;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.models.jiuzhang.text.WordSplitter;
import io.witan.models.jiuzhang.text.WordVocabulary;
import io.witan.models.seq2seq.RowData;
import io.witan.models.seq2seq.RowSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every problem has a word that no other has, in its question, its options and its solution: where it is, the problem is. */
class HeldBackTest {
    private static final int PROBLEMS = 60;
    private static final Levels LEVELS = new Levels(1, 1);
    private static final ProblemSplit SPLIT = ProblemSplit.of(problems(), 0.3, 2);
    private static final Vocabulary VOCABULARY = vocabulary();
    private static final Set<Integer> HELD = SPLIT.heldBack().stream()
            .map(problem -> VOCABULARY.encode(problem.text()).tokens()[0])
            .collect(Collectors.toSet());

    private static String marker(int number) {
        return "word" + (char) ('a' + number / 26) + (char) ('a' + number % 26);
    }

    private static List<Problem> problems() {
        return IntStream.range(0, PROBLEMS)
                .mapToObj(i -> {
                    String word = marker(i);
                    List<String> options = i % 2 == 0 ? List.of() : List.of(word + " x", word + " y");
                    return new Problem(
                            "test:" + i,
                            Language.ENGLISH,
                            word + " is asked for " + word,
                            options,
                            options.isEmpty() ? -1 : i / 2 % 2,
                            word + " is had, " + word + " is given. It is " + word,
                            word,
                            List.of("Point " + i % 3),
                            List.of(),
                            word);
                })
                .toList();
    }

    private static Vocabulary vocabulary() {
        WordSplitter splitter = new WordSplitter(List.of());
        List<String> texts = IntStream.range(0, PROBLEMS)
                .mapToObj(i -> marker(i) + " " + marker(i))
                .toList();
        List<String> all = new ArrayList<>(texts);
        all.addAll(texts);
        all.addAll(Task.titles());
        LinkedHashMap<String, List<String>> labels = new LinkedHashMap<>();
        labels.put(Task.KNOWLEDGE.title(), LEVELS.names(problems()));
        labels.put(Task.CHOICE.title(), MultipleChoice.LETTERS);
        labels.put(Task.SIMILAR.title(), SimilarQuestions.ANSWERS);
        return new Vocabulary(WordVocabulary.of(all, splitter, 10_000, 0), splitter, labels);
    }

    private static List<RowSource<Row>> phases(long seed) {
        List<RowSource<Row>> phases = new ArrayList<>();
        for (Stage stage : Stage.values()) {
            phases.add(
                    new PretrainingSource(SPLIT, new PretrainingRows(VOCABULARY, stage, SecondSide.DRAWN, 60), seed));
        }
        List<FineTuningTask> tasks = List.of(
                new KnowledgePoints(VOCABULARY, LEVELS, 60),
                new MultipleChoice(Task.CHOICE, VOCABULARY, 60),
                new AnswerGeneration(VOCABULARY, 60),
                new SimilarQuestions(VOCABULARY, LEVELS, SPLIT.train(), 60));
        phases.add(new FineTuningSource(
                tasks.stream()
                        .map(task -> new FineTuningSource.Part(task, SPLIT))
                        .toList(),
                0.5,
                seed));
        return phases;
    }

    private static boolean showsHeldBack(Row row) {
        return IntStream.of(0, 1, 2)
                .mapToObj(part ->
                        List.of(row.input(), row.decoder(), row.targets()).get(part))
                .flatMapToInt(Arrays::stream)
                .anyMatch(HELD::contains);
    }

    @Test
    void noPhaseTrainsOnWhatIsHeldBack() {
        assertThat(HELD).hasSizeGreaterThan(10).hasSize(SPLIT.heldBack().size());
        for (RowSource<Row> phase : phases(6)) {
            for (int row = 0; row < 2000; row++) {
                Row drawn = phase.train(row);
                // A random token in the place of a masked one is text of no problem.
                Row told = new Row(
                        drawn.task(),
                        drawn.side(),
                        kept(drawn),
                        drawn.decoder(),
                        drawn.targets(),
                        drawn.blanks(),
                        null);
                assertThat(showsHeldBack(told)).as(phase.describe()).isFalse();
            }
            assertThat(IntStream.range(0, phase.validationRows()).mapToObj(phase::validation))
                    .isNotEmpty()
                    .allMatch(HeldBackTest::showsHeldBack);
        }
    }

    /** The input without what pre-training draws at random. */
    private static int[] kept(Row row) {
        int[] input = row.input().clone();
        if (row.task() == Task.MASKED) {
            Arrays.stream(row.blanks()).forEach(i -> input[i] = row.targets()[i]);
        } else if (row.task() == Task.DENOISING) {
            Set<Integer> text = Arrays.stream(row.targets()).boxed().collect(Collectors.toSet());
            IntStream.range(0, input.length)
                    .filter(i -> !text.contains(input[i]))
                    .forEach(i -> input[i] = 0);
        }
        return input;
    }

    /** @param rows of a micro-batch */
    private static RowData<Row, RowBatch> data(RowSource<Row> source, int rows) {
        return new RowData<>(
                source,
                new RowData.Form<>(RowBatch::new, Task.titles()),
                new RowData.Shape(rows, 2, 12),
                VOCABULARY.size(),
                "p");
    }

    @Test
    void batchesAreFunctionsOfSeedStepAndMicroBatch() {
        for (int phase = 0; phase < 4; phase++) {
            RowData<Row, RowBatch> data = data(phases(6).get(phase), 6);
            RowData<Row, RowBatch> again = data(phases(6).get(phase), 6);
            RowData<Row, RowBatch> other = data(phases(7).get(phase), 6);
            assertThat(data.train(5, 1)).isEqualTo(again.train(5, 1)).isNotEqualTo(data.train(5, 0));
            assertThat(data.train(5, 1)).isNotEqualTo(other.train(5, 1));
            assertThat(data.validation(1)).isEqualTo(other.validation(1));
            assertThat(data.validationBatches()).isEqualTo(2);
            RowData<Row, RowBatch> odd = data(phases(6).get(phase), 5);
            assertThat(odd.validationBatches()).isEqualTo(3);
            assertThat(odd.validation(2).all()).hasSize(2);
        }
    }

    @Test
    void batchesFollowOneAnother() {
        RowSource<Row> source = phases(6).getFirst();
        RowData<Row, RowBatch> data = data(source, 6);
        assertThat(data.train(3, 1).all())
                .isEqualTo(IntStream.range(42, 48).mapToObj(source::train).toList());
        RowBatch batch = data.train(3, 1);
        assertThat(batch.slice(2, 4).all()).isEqualTo(batch.all().subList(2, 4));
        assertThat(batch.targetCount(0, 6)).isEqualTo(batch.targetCount(0, 2) + batch.targetCount(2, 6));
        assertThat(batch.tasks()).hasSize(6);
        assertThatThrownBy(() -> data.train(3, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anEpochHasEveryProblemOnce() {
        int count = SPLIT.train().size();
        for (int epoch = 0; epoch < 3; epoch++) {
            List<Problem> seen = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                seen.add(PretrainingSource.inOrder(SPLIT.train(), 11, (long) epoch * count + i));
            }
            assertThat(seen).containsExactlyInAnyOrderElementsOf(SPLIT.train());
        }
    }
}
