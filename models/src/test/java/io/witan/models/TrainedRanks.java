package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.InMemoryNetwork;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Runs a recipe on threads of this process, one a rank, over the in-memory network. */
final class TrainedRanks {
    private static final long DEADLINE_SECONDS = 180;

    private TrainedRanks() {}

    /** Rank 0's view of a run. */
    record History(List<StepResult> steps, List<Evaluator.Result> validations) {
        List<Double> losses() {
            return steps.stream().map(StepResult::loss).toList();
        }

        List<Double> norms() {
            return steps.stream().map(StepResult::gradNorm).toList();
        }
    }

    /** Trains from the start. @param out folder for checkpoints, or null */
    static History train(Recipe recipe, Topology topology, Path out) {
        return train(recipe, topology, group -> TrainingRun.open(recipe, settings(group, out)));
    }

    /** Goes on from a checkpoint. */
    static History resume(Recipe recipe, Topology topology, Path out, Path from) {
        return train(recipe, topology, group -> TrainingRun.resume(recipe, settings(group, out), from));
    }

    private static TrainingRun.Settings settings(CommunicatorGroup group, Path out) {
        return new TrainingRun.Settings(group, 1, 0, out, "test");
    }

    private static History train(Recipe recipe, Topology topology, Function<CommunicatorGroup, TrainingRun> opening) {
        InMemoryNetwork network = InMemoryNetwork.reliable(topology);
        int ranks = topology.rankCount();
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Future<History>> running = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                int own = rank;
                running.add(threads.submit(() -> {
                    CommunicatorGroup group = ranks == 1 ? CommunicatorGroup.solo() : network.connect(own);
                    try (TrainingRun run = opening.apply(group)) {
                        Recorder recorder = new Recorder();
                        run.train(recorder, () -> false);
                        return recorder.history();
                    }
                }));
            }
            return first(running, threads);
        }
    }

    private static History first(List<Future<History>> running, ExecutorService threads) {
        try {
            List<History> histories = new ArrayList<>();
            for (Future<History> rank : running) {
                histories.add(rank.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
            }
            return histories.getFirst();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException fault ? fault : new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            threads.shutdownNow();
            throw new AssertionError("ranks did not finish within " + DEADLINE_SECONDS + " s", e);
        }
    }

    private static final class Recorder implements TrainingObserver {
        private final List<StepResult> steps = new ArrayList<>();
        private final List<Evaluator.Result> validations = new ArrayList<>();

        @Override
        public void stepCompleted(StepResult result) {
            steps.add(result);
        }

        @Override
        public void validated(long step, Evaluator.Result result) {
            validations.add(result);
        }

        @Override
        public void checkpointed(long step, Path folder) {}

        History history() {
            return new History(steps, validations);
        }
    }
}
