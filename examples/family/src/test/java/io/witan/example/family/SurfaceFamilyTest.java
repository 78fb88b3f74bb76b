package io.witan.example.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.InMemoryNetwork;
import io.witan.models.Recipe;
import io.witan.models.TrainingRun;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a family of one's own has to hold: it learns, ranks do not matter, and it goes on bit for bit. */
class SurfaceFamilyTest {
    private record Losses(List<Double> steps, List<Double> validations) implements TrainingObserver {
        Losses() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        @Override
        public void stepCompleted(StepResult result) {
            steps.add(result.loss());
        }

        @Override
        public void validated(long step, Evaluator.Result result) {
            validations.add(result.perToken());
        }

        @Override
        public void checkpointed(long step, Path folder) {}
    }

    private static Losses train(Recipe recipe, CommunicatorGroup group, Path out) {
        Losses losses = new Losses();
        try (TrainingRun run = TrainSurface.open(recipe, new TrainingRun.Settings(group, 1, 0, out, "test"))) {
            run.train(losses, () -> false);
        }
        return losses;
    }

    private static Recipe recipe(String... settings) {
        return TrainSurface.recipe(List.of(settings));
    }

    /** The best plane through the surface leaves more than twice as much. */
    @Test
    void shouldBendWhereAPlaneCannot() {
        Losses losses = train(recipe(), CommunicatorGroup.solo(), null);
        assertThat(losses.validations().getLast()).isLessThan(plane() / 2);
    }

    /** Half the mean squared error of y = a x1 on many points; by symmetry x2 and a constant do not help. */
    private static double plane() {
        Points points = new Surface(9, 20_000, 1).train(0, 0);
        double xx = sum(points, 0, 0);
        double xy = sum(points, 1, 0);
        double yy = sum(points, 1, 1);
        return (yy - xy * xy / xx) / 2 / points.rows();
    }

    /** Sums of products of x1 (0) or y (1). */
    private static double sum(Points points, int a, int b) {
        return IntStream.range(0, points.rows())
                .mapToDouble(row -> value(points, row, a) * value(points, row, b))
                .sum();
    }

    private static double value(Points points, int row, int of) {
        return of == 1 ? points.y()[row] : points.x()[row][0];
    }

    @ParameterizedTest
    @ValueSource(strings = {"ep", "fssdp"})
    void ranksShouldTrainAsOne(String policy) throws Exception {
        Recipe recipe = recipe("train.steps=50", "parallel.policy=" + policy);
        List<Double> alone = train(recipe, CommunicatorGroup.solo(), null).steps();
        InMemoryNetwork network = InMemoryNetwork.reliable(Topology.of(2));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Losses>> ranks = IntStream.range(0, 2)
                    .mapToObj(rank -> threads.submit(() -> train(recipe, network.connect(rank), null)))
                    .toList();
            List<Double> together = ranks.getFirst().get(60, TimeUnit.SECONDS).steps();
            for (int step = 0; step < 50; step++) {
                assertThat(together.get(step)).isCloseTo(alone.get(step), withinPercentage(0.01));
            }
        }
    }

    @Test
    void shouldGoOnBitForBit(@TempDir Path folder) {
        String steps = "train.steps=60";
        List<Double> whole =
                train(recipe(steps), CommunicatorGroup.solo(), null).steps();
        Path out = folder.resolve("run");
        List<Double> first = train(recipe(steps, "train.stop_after=25"), CommunicatorGroup.solo(), out)
                .steps();
        List<Double> rest = train(recipe(steps), CommunicatorGroup.solo(), out).steps();
        assertThat(DoubleStream.concat(
                        first.stream().mapToDouble(loss -> loss), rest.stream().mapToDouble(loss -> loss)))
                .containsExactlyElementsOf(whole);
    }
}
