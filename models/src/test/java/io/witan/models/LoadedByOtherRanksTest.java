package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What four ranks save, under one policy, any number of ranks loads, under any policy, and goes on as the four did: the first loss after it
 * is of the parameters, the second of the moments too.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoadedByOtherRanksTest {
    private static final int SAVED = 5;
    private static final int STEPS = 8;
    private static final double LOSS_PERCENT = 1e-5 * 100;
    private static final String[] POLICIES = {"ep", "fssdp"};
    private static final int[] RANKS = {1, 2, 3, 8};

    @TempDir
    private static Path folder;

    private final Map<String, History> undisturbed = new TreeMap<>();

    private static Recipe recipe(String policy) {
        return SameNumbersTest.recipe(
                "parallel.policy=" + policy,
                "train.stop_after=" + STEPS,
                "train.eval_interval=0",
                "checkpoint.interval=" + SAVED);
    }

    private Path saved(String policy) {
        return RunStorage.checkpoints(folder.resolve(policy)).resolve("step-%08d".formatted(SAVED));
    }

    @BeforeAll
    void saveAtFourRanks() {
        for (String policy : POLICIES) {
            undisturbed.put(policy, TrainedRanks.train(recipe(policy), Topology.of(4), folder.resolve(policy)));
        }
    }

    /** Losses of neighbouring steps are far apart, so that a step, or its update, left out or done twice would show. */
    @Test
    void shouldTellStepsApart() {
        for (History history : undisturbed.values()) {
            for (int step = SAVED; step < STEPS; step++) {
                assertThat(history.losses().get(step) / history.losses().get(step - 1))
                        .isNotCloseTo(1.0, withinPercentage(100 * LOSS_PERCENT));
            }
        }
    }

    static Stream<Arguments> loads() {
        return Stream.of(POLICIES).flatMap(saving -> Stream.of(POLICIES)
                .flatMap(loading -> Arrays.stream(RANKS).mapToObj(ranks -> Arguments.of(saving, loading, ranks))));
    }

    @ParameterizedTest(name = "saved by {0}, loaded by {1} on {2} ranks")
    @MethodSource("loads")
    void shouldGoOnAsTheFourDid(String saving, String loading, int ranks) {
        History rest = TrainedRanks.resume(recipe(loading), Topology.of(ranks), null, saved(saving));

        assertThat(rest.losses()).hasSize(STEPS - SAVED);
        for (int i = 0; i < rest.losses().size(); i++) {
            assertThat(rest.losses().get(i))
                    .as("loss of step %d", SAVED + 1 + i)
                    .isCloseTo(undisturbed.get(saving).losses().get(SAVED + i), withinPercentage(LOSS_PERCENT));
        }
    }
}
