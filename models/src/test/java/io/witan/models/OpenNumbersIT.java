package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers that a run finds itself: found once, told, saved, and the same after a resume. */
class OpenNumbersIT {
    private static final String[] AUTO = {
        "parallel.overlap_degree=auto",
        "parallel.memory_capacity=auto",
        "parallel.planner=scored",
        "parallel.pipeline.forward=auto",
        "train.steps=8"
    };

    @Test
    void shouldGoOnWithTheNumbersOfTheFirstStart(@TempDir Path folder) {
        Path out = folder.resolve("auto");
        Recipe stopped = SameNumbersTest.recipe(with(AUTO, "train.stop_after=3"));
        History begun = TrainedRanks.train(stopped, Topology.of(2), out);
        Recipe found = Recipes.bind(ConfigSource.file(out.resolve("found.yaml")).load());
        assertThat(found.parallel().isOpen()).isFalse();
        assertThat(found.parallel().memoryCapacity().get()).as("all six fit").isEqualTo(6);
        MeasuredCosts costs = found.parallel().costs().orElseThrow();
        assertThat(costs.attentionForwardNs()).isBetween(1_000L, 1_000_000_000L);
        assertThat(costs.forwardPsPerAssignment()).isBetween(1_000L, 1_000_000_000L);
        assertThat(costs.intraNodeBytesPerSecond()).isGreaterThan(1_000_000);

        History rest = TrainedRanks.resume(SameNumbersTest.recipe(AUTO), Topology.of(2), out, out);
        History whole = TrainedRanks.train(
                Recipes.bind(ConfigSource.file(out.resolve("found.yaml")).load().set("train.stop_after=0", "test")),
                Topology.of(2),
                null);
        List<Double> losses = new ArrayList<>(begun.losses());
        losses.addAll(rest.losses());
        assertThat(losses).isEqualTo(whole.losses());
        assertThat(rest.steps())
                .extracting(StepResult::placements)
                .isEqualTo(whole.steps().subList(3, 8).stream()
                        .map(StepResult::placements)
                        .toList());
    }

    @Test
    void shouldNotMeasureForNumbersThatAreThere(@TempDir Path folder) {
        TrainedRanks.train(SameNumbersTest.recipe("train.stop_after=1"), Topology.of(2), folder);

        assertThat(folder.resolve("found.yaml")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep", "release"})
    void shouldFitCopiesIntoMemory(String rematerialise) {
        Recipe recipe = SameNumbersTest.recipe("parallel.rematerialise=" + rematerialise, "model.d_ff=4096");
        CopyCapacity capacity = new CopyCapacity(recipe, Topology.of(2), 300);
        long chunk = 4L * 3 * 32 * 4096;
        // Kept: copies of both layers and gradients of the last, then copies of the first and gradients of both;
        // released: that too.
        int perCopy = 3;

        assertThat(capacity.of(0)).isZero();
        double more = leastFor(capacity, 3) - leastFor(capacity, 1);
        assertThat(more).as("two copies").isCloseTo(2 * perCopy * chunk / 0.8, withinPercentage(0.01));
        assertThat(leastFor(capacity, 1)).as("gradients of six experts too").isGreaterThan(6 * chunk);
        assertThat(capacity.of(1L << 50)).as("no more than there are").isEqualTo(6);
    }

    private static long leastFor(CopyCapacity capacity, int copies) {
        long low = 0;
        long high = 1L << 50;
        while (high - low > 1) {
            long middle = (low + high) / 2;
            if (capacity.of(middle) >= copies) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    private static String[] with(String[] settings, String more) {
        return Stream.concat(Stream.of(settings), Stream.of(more)).toArray(String[]::new);
    }
}
