package io.witan.runtime.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which task each row of a stream is of. Of each {@value #BLOCK_ROWS} rows in a row a task has its share, in a seeded order that
 * differs from block to block, and a task's own rows are taken each once: so a place of the stream is found in constant time.
 */
public final class TaskShares {
    /** Rows of a block. */
    public static final int BLOCK_ROWS = 1000;

    private final long seed;
    private final int[] share;
    /** Task of each row of a block before it is shuffled: first all of the first task. */
    private final int[] taskOf = new int[BLOCK_ROWS];
    /** Number of a task's first row there. */
    private final int[] start;

    /**
     * A row of a task.
     *
     * @param task from 0
     * @param own number of the row among all of its task, from 0
     */
    public record Place(int task, long own) {}

    /**
     * @param names of the tasks, for the error
     * @param weights above 0, as many
     * @param seed of the order
     * @throws DataException if a task would have no row in a block
     */
    public TaskShares(List<String> names, double[] weights, long seed) {
        this.seed = seed;
        this.share = shares(names, weights);
        this.start = new int[share.length];
        int next = 0;
        for (int task = 0; task < share.length; task++) {
            start[task] = next;
            Arrays.fill(taskOf, next, next + share[task], task);
            next += share[task];
        }
    }

    /** Whole rows by largest remainder; of equal ones the earlier task's. */
    private static int[] shares(List<String> names, double[] weights) {
        double total = Arrays.stream(weights).sum();
        double[] exact = Arrays.stream(weights)
                .map(weight -> BLOCK_ROWS * (weight / total))
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
                throw new DataException("data.tasks: of " + BLOCK_ROWS + " rows task " + names.get(task)
                        + " with weight " + weights[task] + " would have none; the weights add up to " + total);
            }
        }
        return share;
    }

    /** @param row of the whole run, from 0 */
    public Place at(long row) {
        long block = row / BLOCK_ROWS;
        WindowOrder order = new WindowOrder(WindowOrder.mix(seed ^ WindowOrder.mix(~block)), BLOCK_ROWS);
        int place = (int) order.at(row % BLOCK_ROWS);
        int task = taskOf[place];
        return new Place(task, block * share[task] + place - start[task]);
    }

    /** Rows of a task in each block. */
    public int rows(int task) {
        return share[task];
    }
}
