package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemSplit;
import io.witan.models.seq2seq.RowSource;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.TaskShares;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows of fine-tuning. Tasks are mixed in proportion to (number of their problems)^alpha; a task takes each of its problems once
 * an epoch. Held-back rows are of all tasks in turn, until the smallest has none left.
 */
public final class FineTuningSource implements RowSource<Row> {
    private final List<FineTuningTask> tasks;
    private final List<ProblemSplit> problems;
    private final TaskShares shares;
    private final long seed;

    /**
     * A task and what it is made of.
     *
     * @param problems of which it uses those that it {@link FineTuningTask#takes}
     */
    public record Part(FineTuningTask task, ProblemSplit problems) {
        private ProblemSplit taken() {
            return new ProblemSplit(
                    problems.train().stream().filter(task::takes).toList(),
                    problems.heldBack().stream().filter(task::takes).toList());
        }
    }

    /**
     * @param alpha 1: as they come, 0: all tasks alike
     * @throws DataException if a task has no problem to train on
     */
    public FineTuningSource(List<Part> parts, double alpha, long seed) {
        this.tasks = parts.stream().map(Part::task).toList();
        this.seed = seed;
        this.problems = parts.stream().map(Part::taken).toList();
        for (int task = 0; task < tasks.size(); task++) {
            if (problems.get(task).train().isEmpty()) {
                throw new DataException("task " + tasks.get(task).task().title() + " has no problem to train on");
            }
        }
        this.shares = new TaskShares(
                tasks.stream().map(task -> task.task().title()).toList(),
                problems.stream()
                        .mapToDouble(own -> Math.pow(own.train().size(), alpha))
                        .toArray(),
                seed);
    }

    @Override
    public Row train(long number) {
        TaskShares.Place place = shares.at(number);
        List<Problem> own = problems.get(place.task()).train();
        return tasks.get(place.task()).row(PretrainingSource.inOrder(own, seed, place.own()), new Draws(seed, number));
    }

    @Override
    public int validationRows() {
        int least =
                problems.stream().mapToInt(own -> own.heldBack().size()).min().orElse(0);
        return least * tasks.size();
    }

    @Override
    public Row validation(int number) {
        int task = number % tasks.size();
        int own = number / tasks.size();
        Problem problem = PretrainingSource.inOrder(problems.get(task).heldBack(), 0, own);
        return tasks.get(task).row(problem, new Draws(0, number));
    }

    /** Problems of a task that are held back. */
    public List<Problem> heldBack(Task task) {
        int index = tasks.stream().map(FineTuningTask::task).toList().indexOf(task);
        return index < 0 ? List.of() : problems.get(index).heldBack();
    }

    @Override
    public String describe() {
        return IntStream.range(0, tasks.size())
                .mapToObj(task -> String.format(
                        Locale.ROOT,
                        "%s %d problems, %.1f %% of the rows, %d held back",
                        tasks.get(task).task().title(),
                        problems.get(task).train().size(),
                        100.0 * shares.rows(task) / TaskShares.BLOCK_ROWS,
                        problems.get(task).heldBack().size()))
                .collect(Collectors.joining("; "));
    }
}
