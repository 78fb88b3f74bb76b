package io.witan.models.jiuzhang;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.InMemoryNetwork;
import io.witan.models.family.ModelParts;
import io.witan.models.gpt.GptMoe;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.jiuzhang.collate.RowBatch;
import io.witan.models.jiuzhang.collate.SecondPass;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.runtime.train.TrainingPhases;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Trains a small model on threads of this process, one a rank. */
final class JiuZhangRanks {
    private static final String SMALL =
            """
            model:
              d_model: 16
              layers: 2
              heads: 2
              seq_len: 48
              experts: 4
              d_ff: 16
              top_k: 2
              positions: learned
              tied_embeddings: true
              norm: layernorm
              init_std: 0.1
              gate:
                task:
                  by: embedding
                  count: 9
            data:
              source: file
              path: %s
              validation_fraction: 0.2
            train:
              steps: 8
              global_batch: 6
              lr: 0.003
              warmup_steps: 1
              eval_interval: 2
              clip_norm: 0
            jiuzhang:
              words: 500
              decoder_ff: 16
              level_english: 2
              choice_questions: 40
              masked_steps: 2
              logic_steps: 2
              checking_steps: 2
              tuning_steps: 2
              validation_rows: 13
              report_rows: 8
              written_rows: 4
            """;

    private JiuZhangRanks() {}

    /** The sections of a recipe that the model takes. */
    record Sections(GptMoeConfig model, DataConfig data, TrainConfig train, JiuZhangConfig jiuzhang) {
        int mostTokens() {
            return model.seqLen() - 1;
        }
    }

    /** Rank 0's view of a run. */
    record History(List<StepResult> steps, List<Evaluator.Result> validations, List<Measure> report) {}

    /** What is trained in the model's place. */
    interface Wrapping {
        TrainableModel<RowBatch> wrap(JiuZhang model, JiuZhangData data);
    }

    /** @param changes further lines of YAML, each {@code path.of.key=value} */
    static Sections small(Path folder, String... changes) {
        ConfigTree tree = ConfigTree.parse(SMALL.formatted(folder), "test");
        for (String change : changes) {
            tree = tree.set(change, "test");
        }
        return ConfigBinder.bind(tree, Sections.class);
    }

    static History train(Sections sections, int ranks) {
        return train(sections, ranks, (model, data) -> model);
    }

    static History train(Sections sections, int ranks, Wrapping wrapping) {
        InMemoryNetwork network = InMemoryNetwork.reliable(Topology.singleNode(ranks));
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Future<History>> running = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                int own = rank;
                running.add(threads.submit(
                        () -> run(sections, ranks == 1 ? CommunicatorGroup.solo() : network.connect(own), wrapping)));
            }
            List<History> histories = new ArrayList<>();
            for (Future<History> rank : running) {
                histories.add(rank.get());
            }
            return histories.getFirst();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException fault) {
                throw fault;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static History run(Sections sections, CommunicatorGroup group, Wrapping wrapping) {
        GptMoeConfig model = sections.model;
        try (RankRuntime runtime = RankRuntime.open(group, 1, 0);
                JiuZhangData data = new JiuZhangData(sections.data, sections.jiuzhang, sections.mostTokens())) {
            List<ParameterSpec> declared = JiuZhangTensors.declare(
                    model, sections.jiuzhang, data.vocabulary().size(), 1);
            int[][] owners = OwnerPlacement.sharded(model.layers(), model.experts(), 1, runtime.size());
            try (TrainingState state = TrainingState.allocate(declared, owners, StateMemory::inPlace, runtime)) {
                ExpertBuffers buffers =
                        ExpertBuffers.open(runtime, state, model.moe().expertLayout(), 0);
                JiuZhang built = new JiuZhangBuilder(
                                model, sections.jiuzhang, new ModelParts(runtime, state, GptMoe.Ways.PLAIN, buffers, 1))
                        .build(new SecondPass(data.vocabulary()));
                state.initialize(new NormalInitializer(sections.train.seed()));
                TrainingPhases<RowBatch> phases =
                        new Phases(data, sections.jiuzhang, sections.train, sections.mostTokens()).all();
                Recorder recorder = new Recorder();
                new TrainingLoop<>(
                                new TrainingLoop.Parts<>(
                                        runtime,
                                        wrapping.wrap(built, data),
                                        phases,
                                        sections.train,
                                        new ExpertParallelPolicy(),
                                        1,
                                        new MemoryMeter(runtime, state, buffers),
                                        Optional.empty()),
                                null,
                                new TrainingLoop.Saving(null, null, 0),
                                recorder)
                        .run(0, false, () -> false);
                List<Measure> report = new Report(new Predictions(runtime, built), data, sections.jiuzhang).measures();
                return new History(recorder.steps, recorder.validations, report);
            }
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
    }
}
