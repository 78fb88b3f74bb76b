package io.witan.models;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.InMemoryNetwork;
import io.witan.collectives.NodeDriver;
import io.witan.models.family.ModelFamily;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.trace.TraceSteps;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Runs a recipe on threads of this process, one a rank. */
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

    /**
     * One rank's view of a run.
     *
     * @param parameters what went over the lane of parameters
     */
    record Share(History history, Communicator.Traffic parameters, MemoryReport memory) {}

    /** What a rank does with an open run; by default it trains by the recipe's policy and only records. */
    interface Training {
        void run(TrainingRun run, int rank, TrainingObserver recorder);
    }

    /** By the recipe's policy, to the end. */
    static void train(TrainingRun run, int rank, TrainingObserver recorder) {
        run.train(recorder, () -> false);
    }

    /** Trains from the start, each rank as it is told. @param out folder for checkpoints and vault, or null */
    static History train(Recipe recipe, Topology topology, Path out, Training training) {
        return train(topology, group -> TrainingRun.open(recipe, settings(group, out)), training);
    }

    /** Trains from the start, each rank as it is told and with a timeline of its own; nothing is saved. */
    static History trainTraced(Recipe recipe, Topology topology, TraceSteps traced, Training training) {
        return train(
                topology,
                group -> TrainingRun.open(
                        recipe,
                        new TrainingRun.Settings(
                                group, 1, 0, null, Optional.empty(), "test", null, Timeline.of(traced))),
                training);
    }

    /** As {@link #train(Recipe, Topology, Path, Training)}, each rank with the family that it is given. */
    static History trainFamily(
            Supplier<ModelFamily<?, ?>> family, Recipe recipe, Topology topology, Path out, Training training) {
        return train(topology, group -> TrainingRun.open(recipe, family.get(), settings(group, out)), training);
    }

    /** As {@link #resume(Recipe, Topology, Path, Training)}, each rank with the family that it is given. */
    static History resumeFamily(
            Supplier<ModelFamily<?, ?>> family, Recipe recipe, Topology topology, Path folder, Training training) {
        return train(
                topology, group -> TrainingRun.resume(recipe, family.get(), settings(group, folder), folder), training);
    }

    /** Goes on, each rank as it is told. */
    static History resume(Recipe recipe, Topology topology, Path folder, Training training) {
        return train(topology, group -> TrainingRun.resume(recipe, settings(group, folder), folder), training);
    }

    /** Trains from the start, each rank as it is told, with a file of costs that earlier runs measured. */
    static History trainWithCosts(Recipe recipe, Topology topology, Path profiles, Training training) {
        return train(
                topology,
                group -> TrainingRun.open(
                        recipe,
                        new TrainingRun.Settings(group, 1, 0, null, Optional.empty(), "test", profiles, Timeline.OFF)),
                training);
    }

    /** Trains from the start. @param out folder for checkpoints, or null */
    static History train(Recipe recipe, Topology topology, Path out) {
        return train(topology, group -> TrainingRun.open(recipe, settings(group, out)), TrainedRanks::train);
    }

    /** Goes on from a checkpoint. */
    static History resume(Recipe recipe, Topology topology, Path out, Path from) {
        return train(topology, group -> TrainingRun.resume(recipe, settings(group, out), from), TrainedRanks::train);
    }

    /**
     * Trains from the start over shared memory inside a node and UDP between nodes.
     *
     * @param sharedBytes what a rank may take of shared memory for what ranks exchange
     * @return each rank's share, in rank order
     */
    static List<Share> trainOnNodes(Recipe recipe, Topology topology, Path out, long sharedBytes) throws IOException {
        return trainOnNodes(recipe, topology, out, sharedBytes, TrainedRanks::train);
    }

    /** As {@link #trainOnNodes(Recipe, Topology, Path, long)}, each rank as it is told. */
    static List<Share> trainOnNodes(Recipe recipe, Topology topology, Path out, long sharedBytes, Training training)
            throws IOException {
        return onNodes(topology, group -> TrainingRun.open(recipe, shared(group, sharedBytes, out)), training);
    }

    /** As {@link #trainOnNodes(Recipe, Topology, Path, long)}, each rank with the family that it is given. */
    static List<Share> trainFamilyOnNodes(
            Supplier<ModelFamily<?, ?>> family, Recipe recipe, Topology topology, Path out, long sharedBytes)
            throws IOException {
        return onNodes(
                topology,
                group -> TrainingRun.open(recipe, family.get(), shared(group, sharedBytes, out)),
                TrainedRanks::train);
    }

    private static TrainingRun.Settings shared(CommunicatorGroup group, long sharedBytes, Path out) {
        return new TrainingRun.Settings(group, 1, sharedBytes, out, "test");
    }

    private static List<Share> onNodes(
            Topology topology, Function<CommunicatorGroup, TrainingRun> opening, Training training) throws IOException {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        List<NodeDriver> drivers = new ArrayList<>();
        try {
            for (int node = 0; node < topology.nodeCount(); node++) {
                drivers.add(NodeDriver.start(parent.resolve("node-" + node)));
            }
            List<String> endpoints = endpoints(topology.rankCount());
            return all(
                    topology.rankCount(),
                    rank -> AeronGroups.connect(new GroupConfig(
                            0x7E57,
                            rank,
                            topology,
                            drivers.get(topology.nodeOf(rank)).directory(),
                            endpoints,
                            NodeDriver.DEFAULT_DEADLINE,
                            Duration.ofSeconds(DEADLINE_SECONDS),
                            1)),
                    opening,
                    training);
        } finally {
            drivers.forEach(NodeDriver::close);
            Files.delete(parent);
        }
    }

    /** As {@link #trainOnNodes(Recipe, Topology, Path, long)}, by another policy than the recipe's; nothing is saved. */
    static List<Share> trainOnNodesBy(PlacementPolicy policy, Recipe recipe, Topology topology, long sharedBytes)
            throws IOException {
        return trainOnNodes(recipe, topology, null, sharedBytes, by(policy));
    }

    /** Trains from the start by another policy than the recipe's; each rank's share, in rank order. */
    static List<Share> trainBy(PlacementPolicy policy, Recipe recipe, Topology topology) {
        return all(
                topology.rankCount(),
                inMemory(topology),
                group -> TrainingRun.open(recipe, settings(group, null)),
                by(policy));
    }

    private static Training by(PlacementPolicy policy) {
        return (run, rank, recorder) -> run.train(policy, recorder, () -> false);
    }

    private static List<String> endpoints(int count) throws IOException {
        List<DatagramSocket> free = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                free.add(new DatagramSocket(0));
            }
            return free.stream()
                    .map(socket -> "127.0.0.1:" + socket.getLocalPort())
                    .toList();
        } finally {
            free.forEach(DatagramSocket::close);
        }
    }

    private static TrainingRun.Settings settings(CommunicatorGroup group, Path out) {
        return new TrainingRun.Settings(group, 1, 0, out, "test");
    }

    private static History train(
            Topology topology, Function<CommunicatorGroup, TrainingRun> opening, Training training) {
        return all(topology.rankCount(), inMemory(topology), opening, training)
                .getFirst()
                .history();
    }

    private static IntFunction<CommunicatorGroup> inMemory(Topology topology) {
        InMemoryNetwork network = InMemoryNetwork.reliable(topology);
        return rank -> topology.rankCount() == 1 ? CommunicatorGroup.solo() : network.connect(rank);
    }

    private static List<Share> all(
            int ranks,
            IntFunction<CommunicatorGroup> connect,
            Function<CommunicatorGroup, TrainingRun> opening,
            Training training) {
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Future<Share>> running = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                int own = rank;
                running.add(threads.submit(() -> {
                    CommunicatorGroup group = connect.apply(own);
                    try (TrainingRun run = opening.apply(group)) {
                        Recorder recorder = new Recorder();
                        training.run(run, own, recorder);
                        return new Share(
                                recorder.history(),
                                group.lane(CommunicatorGroup.PARAMETERS).traffic(),
                                run.memory());
                    }
                }));
            }
            return results(running, threads);
        }
    }

    private static List<Share> results(List<Future<Share>> running, ExecutorService threads) {
        try {
            List<Share> shares = new ArrayList<>();
            for (Future<Share> rank : running) {
                shares.add(rank.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
            }
            return shares;
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
