package io.witan.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.dense.GradientProgress;
import io.witan.scheduler.fit.Straggler;
import io.witan.scheduler.fit.StragglerWatch;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What ranks tell of themselves, where one of them takes a break in each step while the others wait for it. */
class SlowRankTest {
    private static final List<String> TASKS = List.of("often", "sometimes", "rarely");
    private static final int RANKS = 3;
    private static final int SLOW = 1;
    private static final int STEPS = 30;
    private static final int ROWS = 24;
    private static final long BREAK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final double BREAK_SECONDS = BREAK_NS * 1e-9;

    /** Takes its break before it works. */
    private record SlowModel(LinearModel model, RankRuntime runtime) implements TrainableModel<MeasuredRows> {
        @Override
        public TrainingState state() {
            return model.state();
        }

        @Override
        public List<MoeLayer> moeLayers() {
            return model.moeLayers();
        }

        @Override
        public BatchLoss forwardBackward(MeasuredRows batch, StepContext context, GradientProgress progress) {
            long endNs = System.nanoTime() + BREAK_NS;
            while (runtime.rank() == SLOW && endNs - System.nanoTime() > 0) {
                LockSupport.parkNanos(endNs - System.nanoTime());
            }
            return model.forwardBackward(batch, context, progress);
        }

        @Override
        public BatchLoss evaluate(MeasuredRows batch) {
            return model.evaluate(batch);
        }
    }

    @Test
    void shouldTellWhoIsSlowAndWhoWaits() {
        MeasuredRows.Data data = new MeasuredRows.Data(7, ROWS, 1, TASKS);
        List<List<List<RankFigures>>> seen = Ranks.run(Topology.of(RANKS), runtime -> train(runtime, data));
        assertThat(seen).allMatch(seen.getFirst()::equals);

        StragglerWatch watch = new StragglerWatch(RANKS);
        List<Straggler> news = new ArrayList<>();
        for (List<RankFigures> figures : seen.getFirst()) {
            assertThat(figures).hasSize(RANKS);
            assertThat(figures.get(SLOW).ownSeconds()).isGreaterThanOrEqualTo(BREAK_SECONDS);
            news.addAll(watch.observe(
                    figures.stream().mapToDouble(RankFigures::ownSeconds).toArray()));
        }
        assertThat(news).isNotEmpty().allMatch(straggler -> straggler.rank() == SLOW);
        assertThat(news.getFirst().news()).isEqualTo(Straggler.News.SLOW);
        double ofSlow = waited(seen.getFirst(), SLOW);
        for (int rank : new int[] {0, 2}) {
            assertThat(waited(seen.getFirst(), rank))
                    .isGreaterThan(BREAK_SECONDS / 2)
                    .isGreaterThan(ofSlow);
        }
        assertThat(seen.getFirst().getLast()).allSatisfy(figures -> {
            assertThat(figures.sentBytes()).isPositive();
            assertThat(figures.residentBytes()).isPositive();
        });
    }

    /** At a step, the median: a pause of the machine is part of one or two. */
    private static double waited(List<List<RankFigures>> steps, int rank) {
        return steps.stream()
                .mapToDouble(figures -> figures.get(rank).waitSeconds())
                .sorted()
                .skip(steps.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    private static List<List<RankFigures>> train(RankRuntime runtime, MeasuredRows.Data data) {
        TrainConfig config = new TrainConfig(
                STEPS,
                7,
                ROWS,
                1,
                0.05,
                0,
                0,
                LearningRate.Schedule.CONSTANT,
                PlainTraining.BETA1,
                PlainTraining.BETA2,
                PlainTraining.EPSILON,
                PlainTraining.DECAY,
                0,
                1,
                0,
                0,
                0);
        int[] owner = IntStream.range(0, LinearModel.MOE.experts())
                .map(e -> e % runtime.size())
                .toArray();
        List<List<RankFigures>> figures = new ArrayList<>();
        try (TrainingState state = TrainingState.allocate(
                LinearModel.declare(TASKS.size()), new int[][] {owner}, StateMemory::inPlace, runtime)) {
            state.initialize(new NormalInitializer(3));
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LinearModel.MOE.expertLayout(), 0);
            LinearModel model =
                    new LinearModel(state, List.of(LinearModel.moe(runtime, state, owner, buffers)), Optional.empty());
            new TrainingLoop<>(
                            new TrainingLoop.Parts<>(
                                    runtime,
                                    new SlowModel(model, runtime),
                                    data,
                                    config,
                                    new ExpertParallelPolicy(),
                                    5,
                                    new MemoryMeter(runtime, state, buffers)),
                            null,
                            new TrainingLoop.Saving(null, null, 0),
                            new Figures(figures))
                    .run(0, () -> false);
        }
        return figures;
    }

    private record Figures(List<List<RankFigures>> ofSteps) implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            ofSteps.add(result.ranks());
        }

        @Override
        public void validated(long step, Evaluator.Result result) {}

        @Override
        public void checkpointed(long step, Path folder) {}
    }
}
