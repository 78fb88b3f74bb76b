package io.witan.models.jiuzhang.refine;

import io.witan.models.jiuzhang.data.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Rounds of a writer over drafts. In each one a problem is shown with its present solution and with solved problems like it, and gets the writer's
 * solution. It ends when the answer stays, a reply cannot be used, or after the last round.
 */
public final class Refinement {
    /** Calls in a row without a reply after which no further one is made. */
    private static final int FAILURES = 8;

    private final SolutionWriter writer;
    private final ExampleSource source;
    private final Settings settings;
    private final AtomicInteger failuresInRow = new AtomicInteger();

    /**
     * How long and with what.
     *
     * @param rounds at least 1
     * @param examples beside each problem, at least 0
     */
    public record Settings(int rounds, int examples) {
        public Settings {
            if (rounds < 1 || examples < 0) {
                throw new IllegalArgumentException(rounds + " rounds with " + examples + " examples");
            }
        }
    }

    /** Both stay the caller's. */
    public Refinement(SolutionWriter writer, ExampleSource source, Settings settings) {
        this.writer = writer;
        this.source = source;
        this.settings = settings;
    }

    /**
     * Puts drafts right.
     *
     * @param drafts one for each problem
     * @throws WriterException if already the first call fails; later ones end the problem they are for, and so many in a row all that are left
     */
    public List<RefinedProblem> refine(List<Problem> problems, List<Solution> drafts) {
        List<RefinedProblem> all = new ArrayList<>(IntStream.range(0, problems.size())
                .mapToObj(i -> RefinedProblem.of(problems.get(i), drafts.get(i)))
                .toList());
        try (ExecutorService calls = Executors.newFixedThreadPool(writer.callsAtOnce())) {
            for (int round = 0; round < settings.rounds; round++) {
                round(all, calls, round == 0);
            }
        }
        return List.copyOf(all);
    }

    private void round(List<RefinedProblem> all, ExecutorService calls, boolean isFirst) {
        int[] open = IntStream.range(0, all.size())
                .filter(i -> all.get(i).end() == RefinedProblem.End.NONE)
                .toArray();
        List<RefinedProblem> before = IntStream.of(open).mapToObj(all::get).toList();
        List<List<SolvedProblem>> examples = source.examples(
                before.stream().map(RefinedProblem::problem).toList(),
                before.stream().map(RefinedProblem::solution).toList(),
                settings.examples);
        List<Future<RefinedProblem>> after = new ArrayList<>();
        for (int i = 0; i < open.length; i++) {
            RefinedProblem problem = before.get(i);
            Draft draft = draft(problem, examples.get(i));
            if (i == 0 && isFirst) {
                all.set(open[0], problem.replied(writer.write(draft)));
                after.add(null);
            } else {
                after.add(calls.submit(call(problem, draft)));
            }
        }
        for (int i = 0; i < open.length; i++) {
            if (after.get(i) != null) {
                all.set(open[i], ended(after.get(i)));
            }
        }
    }

    private static Draft draft(RefinedProblem problem, List<SolvedProblem> examples) {
        return new Draft(
                problem.problem().language(),
                examples,
                new SolvedProblem(problem.problem().text(), problem.solution()));
    }

    private Callable<RefinedProblem> call(RefinedProblem problem, Draft draft) {
        return () -> {
            if (failuresInRow.get() >= FAILURES) {
                return problem.failed();
            }
            try {
                RefinedProblem replied = problem.replied(writer.write(draft));
                failuresInRow.set(0);
                return replied;
            } catch (WriterException e) {
                failuresInRow.incrementAndGet();
                return problem.failed();
            }
        };
    }

    private static RefinedProblem ended(Future<RefinedProblem> call) {
        try {
            return call.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WriterException("interrupted between two rounds");
        }
    }
}
