package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.text.ByteTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class TaskMixturePropertyTest {
    private static final int BLOCK = TaskMixture.BLOCK_ROWS;
    private static final ByteTokenizer BYTES = new ByteTokenizer();

    /** A task whose letters no other has. */
    private static TextTrainingData text(int task, int documents, long seed, BatchShape shape) {
        Documents all = new Documents(IntStream.range(0, documents)
                .mapToObj(i -> String.valueOf((char) ('a' + task)).repeat(1 + i % 7))
                .toList());
        return new TextTrainingData(EncodedText.of(new Split(all, all), BYTES), seed, shape);
    }

    private static TaskMixture mixture(long seed, BatchShape shape, double... weights) {
        return new TaskMixture(
                IntStream.range(0, weights.length)
                        .mapToObj(task -> new TaskMixture.Task(
                                "task" + task, weights[task], text(task, 20 + 30 * task, seed, shape)))
                        .toList(),
                seed,
                shape);
    }

    @Property(tries = 30)
    void eachTaskHasItsShareOfABlockAndTakesItsOwnRowsInTurn(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 50) int weight) {
        BatchShape shape = new BatchShape(BLOCK, 5, 1);
        TaskMixture data = mixture(seed, shape, 1, weight, 2.5);
        for (int block = 0; block < 3; block++) {
            TokenBatch batch = data.train(block, 0);
            for (int task = 0; task < 3; task++) {
                double exact = BLOCK * new double[] {1, weight, 2.5}[task] / (3.5 + weight);
                List<List<Integer>> rows = rowsOf(task, batch);
                assertThat((double) rows.size()).isBetween(Math.floor(exact), Math.ceil(exact));
                // As a set with repetitions the rows that the task alone has at these places.
                int count = rows.size();
                TextTrainingData alone = text(task, 20 + 30 * task, seed, new BatchShape(count, 5, 1));
                assertThat(rows).containsExactlyInAnyOrderElementsOf(rowsOf(-1, alone.train(block, 0)));
            }
        }
    }

    /** Inputs of the rows of a task. @param task -1: of all */
    private static List<List<Integer>> rowsOf(int task, TokenBatch batch) {
        List<List<Integer>> rows = new ArrayList<>();
        for (int row = 0; row < batch.rows(); row++) {
            if (task < 0 || batch.tasks()[row] == task) {
                int from = row * batch.positions();
                rows.add(Arrays.stream(batch.inputs(), from, from + batch.positions())
                        .boxed()
                        .toList());
            }
        }
        return rows;
    }

    @Property(tries = 30)
    void batchesArePureAndDoNotDependOnHowAStepIsCut(@ForAll long seed, @ForAll @IntRange(max = 4000) int step) {
        TaskMixture whole = mixture(seed, new BatchShape(6, 7, 1), 2, 1);
        TaskMixture parts = mixture(seed, new BatchShape(2, 7, 3), 2, 1);
        TokenBatch all = whole.train(step, 0);
        assertThat(mixture(seed, new BatchShape(6, 7, 1), 2, 1).train(step, 0)).isEqualTo(all);
        for (int micro = 0; micro < 3; micro++) {
            assertThat(parts.train(step, micro)).isEqualTo(all.slice(2 * micro, 2 * micro + 2));
        }
        for (int row = 0; row < 6; row++) {
            char own = (char) ('a' + all.tasks()[row]);
            assertThat(Arrays.stream(all.slice(row, row + 1).inputs()))
                    .allMatch(id -> id == own || id == BYTES.endOfText());
        }
    }

    @Example
    void tasksComeInAnOrderThatDiffersFromBlockToBlock() {
        TaskMixture data = mixture(5, new BatchShape(BLOCK, 4, 1), 1, 1);
        int[] first = data.train(0, 0).tasks();
        assertThat(data.train(1, 0).tasks()).isNotEqualTo(first);
        assertThat(mixture(6, new BatchShape(BLOCK, 4, 1), 1, 1).train(0, 0).tasks())
                .isNotEqualTo(first);
        for (int from = 0; from < BLOCK; from += 100) {
            assertThat(Arrays.stream(first, from, from + 100).sum())
                    .as("rows of task 1 in a hundred")
                    .isBetween(25, 75);
        }
    }

    @Example
    void validationTakesEachBatchOfEachTaskOnceInTurns() {
        BatchShape shape = new BatchShape(2, 8, 1);
        TaskMixture data = mixture(1, shape, 1, 1, 1);
        Set<TokenBatch> seen = new HashSet<>();
        for (int i = 0; i < data.validationBatches(); i++) {
            TokenBatch batch = data.validation(i);
            int task = batch.tasks()[0];
            assertThat(batch.tasks()).containsOnly(task);
            assertThat(i >= 3 || task == i)
                    .as("the first batches are of all tasks")
                    .isTrue();
            seen.add(new TokenBatch(batch.rows(), batch.positions(), batch.inputs(), batch.targets()));
        }
        Set<TokenBatch> expected = new HashSet<>();
        long bytes = 0;
        for (int task = 0; task < 3; task++) {
            TextTrainingData alone = text(task, 20 + 30 * task, 1, shape);
            IntStream.range(0, alone.validationBatches()).forEach(i -> expected.add(alone.validation(i)));
            bytes += alone.validationBytes();
        }
        assertThat(seen).isEqualTo(expected);
        assertThat(data.validationBytes()).isEqualTo(bytes);
        assertThat(data.tasks()).containsExactly("task0", "task1", "task2");
        assertThatThrownBy(() -> data.validation(data.validationBatches()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Example
    void ranksShareTheRowsWithTheirTasks() {
        TokenBatch batch = mixture(1, new BatchShape(5, 4, 1), 1, 1).train(3, 0);
        List<Integer> tasks = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            Arrays.stream(batch.ofRank(rank, 3).tasks()).forEach(tasks::add);
        }
        assertThat(tasks).isEqualTo(Arrays.stream(batch.tasks()).boxed().toList());
        assertThatThrownBy(() -> new TokenBatch(2, 1, new int[2], new int[2], new int[3]))
                .hasMessage("a batch of 2 rows got 3 tasks");
    }

    @Example
    void fingerprintsFollowNamesWeightsAndTexts() {
        BatchShape shape = new BatchShape(2, 4, 1);
        String base = mixture(1, shape, 1, 1).fingerprint();
        assertThat(mixture(1, shape, 2, 2).fingerprint()).isEqualTo(base);
        assertThat(mixture(1, shape, 1, 2).fingerprint()).isNotEqualTo(base);
        assertThat(mixture(2, shape, 1, 1).fingerprint()).isNotEqualTo(base);
        assertThat(mixture(1, shape, 1, 1, 1).fingerprint()).isNotEqualTo(base);
    }

    @Example
    void aTaskThatWouldHaveNoRowIsRefused() {
        assertThatThrownBy(() -> mixture(1, new BatchShape(2, 4, 1), 10_000, 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("of 1000 rows task task1 with weight 1.0 would have none");
    }
}
