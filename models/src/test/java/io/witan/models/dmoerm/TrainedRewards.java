package io.witan.models.dmoerm;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.InMemoryNetwork;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.LearningRate;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.runtime.train.TrainingPhase;
import io.witan.runtime.train.TrainingPhases;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A small reward model trained through all phases, on threads of this process, one a rank. */
final class TrainedRewards {
    static final int OF_PHASE = 3;
    static final int STEPS = OF_PHASE * Stage.values().length;

    private static final long DEADLINE_SECONDS = 120;
    private static final long SEED = 7;

    private TrainedRewards() {}

    /**
     * Rank 0's view.
     */
    record History(List<StepResult> steps, List<Double> validations) {
        List<Double> losses() {
            return steps.stream().map(StepResult::loss).toList();
        }
    }

    /** Sees a rank's state after a step. */
    interface Watch {
        Watch NONE = (_, _) -> {};

        void after(long step, TrainingState state);
    }

    static RewardTensors tensors() {
        return TestPairs.tensors(
                "model.d_model=16",
                "model.layers=2",
                "model.heads=2",
                "model.d_ff=32",
                "model.seq_len=64",
                "model.init_std=0.2",
                "dmoerm.lora_rank=2",
                "dmoerm.router_width=8",
                "dmoerm.pairs=200",
                "dmoerm.validation_pairs=20",
                "dmoerm.test_pairs=20",
                "dmoerm.dense_part=1");
    }

    static List<ParameterSpec> specs() {
        return tensors().declare();
    }

    static TrainingPhases<PreferenceBatch> phases() {
        PairSets sets =
                PairSets.open(tensors().config(), "byte", tensors().model().seqLen(), SEED);
        List<TrainingPhases.Part<PreferenceBatch>> parts = new ArrayList<>();
        for (Stage stage : Stage.values()) {
            LearningRate rate = new LearningRate(0.01, 0.001, 1, OF_PHASE, LearningRate.Schedule.COSINE);
            parts.add(new TrainingPhases.Part<>(
                    new TrainingPhase(stage.key(), OF_PHASE, rate, RewardTensors.trained(stage)),
                    new StageData(stage, sets, new StageData.Shape(4, 2, SEED))));
        }
        return new TrainingPhases<>(parts);
    }

    /**
     * Trains, from the start or from what is saved.
     *
     * @param folder for checkpoints; null to save nothing
     * @param stopAfter step; 0: never
     */
    static History train(int ranks, NamedPolicy policy, Path folder, int stopAfter, boolean resume, Watch watch) {
        Topology topology = Topology.of(ranks);
        InMemoryNetwork network = InMemoryNetwork.reliable(topology);
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Future<History>> running = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                int own = rank;
                running.add(threads.submit(() -> {
                    CommunicatorGroup group = ranks == 1 ? CommunicatorGroup.solo() : network.connect(own);
                    try (RankRuntime runtime = RankRuntime.open(group, 1, 0)) {
                        return train(runtime, policy, folder, stopAfter, resume, watch);
                    }
                }));
            }
            List<History> histories = new ArrayList<>();
            for (Future<History> each : running) {
                histories.add(each.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
            }
            return histories.getFirst();
        } catch (Exception e) {
            throw new AssertionError("training on " + ranks + " ranks", e);
        }
    }

    private static History train(
            RankRuntime runtime, NamedPolicy policy, Path folder, int stopAfter, boolean resume, Watch watch) {
        RewardTensors tensors = tensors();
        int[][] owners = OwnerPlacement.even(tensors.moeLayers(), Category.allPoints(), runtime.size());
        TrainConfig config = ConfigBinder.bind(
                ConfigTree.empty()
                        .set("steps=" + STEPS, "test")
                        .set("global_batch=8", "test")
                        .set("accumulation=2", "test")
                        .set("eval_interval=0", "test")
                        .set("stop_after=" + stopAfter, "test"),
                TrainConfig.class);
        try (TrainingState state = TrainingState.allocate(specs(), owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, tensors.adapter(), 0);
            RewardModel model = new RewardModelBuilder(runtime, tensors, state, GptMoe.Ways.PLAIN, buffers).build();
            TrainingCheckpoint checkpoint = new TrainingCheckpoint(
                    runtime, new TrainingCheckpoint.Identity("reward", "words", "pairs", "", Sharding.WHOLE, "test"));
            EngineState resumed = resume ? checkpoint.load(folder, state, specs()) : null;
            if (resume) {
                model.moeLayers().forEach(layer -> layer.experts().followOwners());
            } else {
                state.initialize(new NormalInitializer(SEED));
            }
            Recorder recorder = new Recorder(watch, state);
            watch.after(resumed == null ? 0 : resumed.step(), state);
            TrainingLoop.Parts<PreferenceBatch> parts = new TrainingLoop.Parts<>(
                    runtime,
                    model,
                    phases(),
                    config,
                    create(policy, runtime.topology(), tensors),
                    4,
                    new MemoryMeter(runtime, state, buffers),
                    Optional.empty());
            CheckpointStore store = folder == null ? null : new CheckpointStore(folder);
            new TrainingLoop<>(parts, resumed, new TrainingLoop.Saving(checkpoint, store, 0), recorder)
                    .run(resumed == null ? 0 : resumed.step(), false, () -> false);
            return recorder.history();
        }
    }

    private static PlacementPolicy create(NamedPolicy policy, Topology topology, RewardTensors tensors) {
        long bytes = tensors.adapter().chunkBytes();
        LayerCost cost = new LayerCost(
                bytes, 3 * bytes, 4L * tensors.model().dModel(), 1_000_000, 0, 0, new LinkSpeed(1L << 30, 1L << 30));
        return policy.create(PolicySettings.of(topology, Collections.nCopies(tensors.moeLayers(), cost), 4 * 2 * 40 * 6)
                .withMicroBatches(2)
                .withOverlapDegree(4)
                .withMemoryPool(8));
    }

    private record Recorder(Watch watch, TrainingState state, List<StepResult> steps, List<Double> validations)
            implements TrainingObserver {
        Recorder(Watch watch, TrainingState state) {
            this(watch, state, new ArrayList<>(), new ArrayList<>());
        }

        @Override
        public void stepCompleted(StepResult result) {
            steps.add(result);
            watch.after(result.step(), state);
        }

        @Override
        public void validated(long step, Evaluator.Result result) {
            validations.add(result.perToken());
        }

        @Override
        public void checkpointed(long step, Path folder) {}

        History history() {
            return new History(steps, validations);
        }
    }
}
