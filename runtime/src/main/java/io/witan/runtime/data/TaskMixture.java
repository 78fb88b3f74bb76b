package io.witan.runtime.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Several tasks as one stream of rows. Of each {@value #BLOCK_ROWS} rows in a row a task has its share, in a seeded order that differs from block to
 * block; a task's own rows are those of its {@link TextTrainingData}, each taken once. So which row a place of the stream holds is found
 * in constant time, and a run is resumed without a state of readers.
 *
 * <p>A validation batch is of one task. Tasks take turns, so that the first few batches are of all.
 */
final class TaskMixture implements TrainingData<TokenBatch> {
    static final int BLOCK_ROWS = TaskShares.BLOCK_ROWS;

    private final List<Task> tasks;
    private final BatchShape shape;
    private final TaskShares shares;

    private final List<Turn> turns = new ArrayList<>();

    /** @param weight above 0 */
    record Task(String name, double weight, TextTrainingData data) {}

    /** A validation batch of a task. */
    private record Turn(int task, int batch) {}

    /**
     * @param tasks of the same shape and tokenizer; at least one
     * @throws DataException if a task would have no row in a block
     */
    TaskMixture(List<Task> tasks, long seed, BatchShape shape) {
        this.tasks = List.copyOf(tasks);
        this.shape = shape;
        this.shares =
                new TaskShares(tasks(), tasks.stream().mapToDouble(Task::weight).toArray(), seed);
        int most = tasks.stream()
                .mapToInt(task -> task.data.validationBatches())
                .max()
                .orElseThrow();
        for (int batch = 0; batch < most; batch++) {
            for (int task = 0; task < tasks.size(); task++) {
                if (batch < tasks.get(task).data.validationBatches()) {
                    turns.add(new Turn(task, batch));
                }
            }
        }
    }

    @Override
    public TokenBatch train(long step, int microBatch) {
        long first = shape.firstRow(step, microBatch);
        int[] inputs = new int[shape.rows() * shape.positions()];
        int[] targets = new int[inputs.length];
        int[] rowTasks = new int[shape.rows()];
        for (int row = 0; row < rowTasks.length; row++) {
            TaskShares.Place place = shares.at(first + row);
            rowTasks[row] = place.task();
            tasks.get(place.task()).data.row(place.own(), inputs, targets, row * shape.positions());
        }
        return new TokenBatch(shape.rows(), shape.positions(), inputs, targets, rowTasks);
    }

    @Override
    public int validationBatches() {
        return turns.size();
    }

    @Override
    public TokenBatch validation(int index) {
        if (index < 0 || index >= turns.size()) {
            throw new IllegalArgumentException("validation batch " + index + " of " + turns.size());
        }
        Turn turn = turns.get(index);
        TokenBatch batch = tasks.get(turn.task).data.validation(turn.batch);
        int[] rowTasks = new int[batch.rows()];
        Arrays.fill(rowTasks, turn.task);
        return new TokenBatch(batch.rows(), batch.positions(), batch.inputs(), batch.targets(), rowTasks);
    }

    @Override
    public long validationBytes() {
        return tasks.stream().mapToLong(task -> task.data.validationBytes()).sum();
    }

    @Override
    public int vocabularySize() {
        return tasks.getFirst().data.vocabularySize();
    }

    @Override
    public List<String> tasks() {
        return tasks.stream().map(Task::name).toList();
    }

    @Override
    public String fingerprint() {
        return IntStream.range(0, tasks.size())
                .mapToObj(task -> "task %s rows=%d of %d: %s"
                        .formatted(
                                tasks.get(task).name,
                                shares.rows(task),
                                BLOCK_ROWS,
                                tasks.get(task).data.fingerprint()))
                .collect(Collectors.joining("; "));
    }

    @Override
    public String describe() {
        return IntStream.range(0, tasks.size())
                .mapToObj(task -> String.format(
                        Locale.ROOT,
                        "task %s, %.1f %% of the rows: %s",
                        tasks.get(task).name,
                        100.0 * shares.rows(task) / BLOCK_ROWS,
                        tasks.get(task).data.describe()))
                .collect(Collectors.joining("; "));
    }
}
