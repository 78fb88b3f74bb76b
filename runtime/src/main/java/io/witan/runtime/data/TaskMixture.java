package io.witan.runtime.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
    static final int BLOCK_ROWS = 1000;

    private final List<Task> tasks;
    private final long seed;
    private final BatchShape shape;
    /** Rows of each task in a block. */
    private final int[] share;
    /** Task of each row of a block before it is shuffled: first all of the first task. */
    private final int[] taskOf = new int[BLOCK_ROWS];
    /** Number of a task's first row there. */
    private final int[] start;

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
        this.seed = seed;
        this.shape = shape;
        this.share = shares(tasks);
        this.start = new int[share.length];
        int next = 0;
        for (int task = 0; task < share.length; task++) {
            start[task] = next;
            Arrays.fill(taskOf, next, next + share[task], task);
            next += share[task];
        }
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

    /** Whole rows by largest remainder; of equal ones the earlier task's. */
    private static int[] shares(List<Task> tasks) {
        double total = tasks.stream().mapToDouble(Task::weight).sum();
        double[] exact = tasks.stream()
                .mapToDouble(task -> BLOCK_ROWS * (task.weight / total))
                .toArray();
        int[] share = Arrays.stream(exact).mapToInt(rows -> (int) rows).toArray();
        int left = BLOCK_ROWS - Arrays.stream(share).sum();
        IntStream.range(0, share.length)
                .boxed()
                .sorted(Comparator.comparingDouble(task -> share[task] - exact[task]))
                .limit(left)
                .forEach(task -> share[task]++);
        for (int task = 0; task < share.length; task++) {
            if (share[task] == 0) {
                throw new DataException("data.tasks: of " + BLOCK_ROWS + " rows task "
                        + tasks.get(task).name + " with weight " + tasks.get(task).weight
                        + " would have none; the weights add up to " + total);
            }
        }
        return share;
    }

    @Override
    public TokenBatch train(long step, int microBatch) {
        long first = shape.firstRow(step, microBatch);
        int[] inputs = new int[shape.rows() * shape.positions()];
        int[] targets = new int[inputs.length];
        int[] rowTasks = new int[shape.rows()];
        for (int row = 0; row < rowTasks.length; row++) {
            long block = (first + row) / BLOCK_ROWS;
            WindowOrder order = new WindowOrder(WindowOrder.mix(seed ^ WindowOrder.mix(~block)), BLOCK_ROWS);
            int place = (int) order.at((first + row) % BLOCK_ROWS);
            int task = taskOf[place];
            rowTasks[row] = task;
            long own = block * share[task] + place - start[task];
            tasks.get(task).data.row(own, inputs, targets, row * shape.positions());
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
        return IntStream.range(0, share.length)
                .mapToObj(task -> "task %s rows=%d of %d: %s"
                        .formatted(
                                tasks.get(task).name,
                                share[task],
                                BLOCK_ROWS,
                                tasks.get(task).data.fingerprint()))
                .collect(Collectors.joining("; "));
    }

    @Override
    public String describe() {
        return IntStream.range(0, share.length)
                .mapToObj(task -> String.format(
                        Locale.ROOT,
                        "task %s, %.1f %% of the rows: %s",
                        tasks.get(task).name,
                        100.0 * share[task] / BLOCK_ROWS,
                        tasks.get(task).data.describe()))
                .collect(Collectors.joining("; "));
    }
}
