package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.MovingPolicy.Change;
import io.witan.models.TrainedRanks.History;
import io.witan.models.TrainedRanks.Training;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.StepResult.ExpertMove;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Owners that change during training change no number: not in a run, not across a resume, on no number of ranks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MovingOwnersTest {
    static final int STEPS = 50;
    private static final double LOSS_PERCENT = 0.01;
    private static final double NORM_PERCENT = 0.1;
    /** Parameters of an expert (SwiGLU) with both moments. */
    private static final long EXPERT_BYTES = 3L * 3 * 32 * 48 * Float.BYTES;

    private History alone;

    static Recipe recipe(String... settings) {
        return SameNumbersTest.recipe(
                Stream.concat(Stream.of("train.steps=" + STEPS, "train.eval_interval=20"), Stream.of(settings))
                        .toArray(String[]::new));
    }

    static Training by(PlacementPolicy policy) {
        return (run, rank, recorder) -> run.train(policy, recorder, () -> false);
    }

    /** With experts that compute for long and travel fast, so that much is worth moving. */
    private static PlacementPolicy named(NamedPolicy name, Topology topology, int interval) {
        LayerCost cost = new LayerCost(
                EXPERT_BYTES / 3,
                EXPERT_BYTES,
                32 * Float.BYTES,
                10_000_000,
                100_000,
                0,
                new LinkSpeed(10_000_000_000L, 1_000_000_000L));
        return name.create(PolicySettings.of(topology, List.of(cost, cost), 512)
                .withOverlapDegree(1)
                .withMemoryPool(4)
                .withReshardInterval(interval));
    }

    private static PlacementPolicy copying(Topology topology, int interval, Change change) {
        return new MovingPolicy(MovingPolicy.copyingTheHottest(topology), topology.rankCount(), interval, change);
    }

    @BeforeAll
    void trainAlone() {
        alone = TrainedRanks.train(recipe(), Topology.singleNode(1), null);
    }

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of(Topology.of(2), 1, Change.SHUFFLE),
                Arguments.of(Topology.of(2), 3, Change.WHOLE_LAYERS),
                Arguments.of(Topology.of(4), 2, Change.SHUFFLE),
                Arguments.of(Topology.of(4), 7, Change.CIRCLE),
                Arguments.of(Topology.of(4), 5, Change.BY_LOAD),
                Arguments.of(Topology.of(2, 2), 4, Change.SHUFFLE),
                Arguments.of(Topology.of(5), 3, Change.SHUFFLE));
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldTrainLikeOneRank(Topology topology, int interval, Change change) {
        History moving = TrainedRanks.train(recipe(), topology, null, by(copying(topology, interval, change)));

        assertLikeOneRank(moving);
        assertMoves(moving.steps(), topology.rankCount(), interval);
        assertThat(moves(moving)).as("experts moved").isGreaterThan(3L * STEPS / interval);
    }

    @ParameterizedTest
    @EnumSource(names = {"FSSDP", "EXCHANGE"})
    void shouldTrainLikeOneRankByRealPolicies(NamedPolicy policy) {
        Topology topology = Topology.of(4);
        History moving = TrainedRanks.train(recipe(), topology, null, by(named(policy, topology, 5)));

        assertLikeOneRank(moving);
        assertMoves(moving.steps(), 4, 5);
        assertThat(moves(moving)).as("experts moved").isPositive();
    }

    private static long moves(History history) {
        return history.steps().stream().mapToLong(step -> step.moves().size()).sum();
    }

    private void assertLikeOneRank(History moving) {
        assertThat(moving.steps()).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            assertThat(moving.losses().get(i))
                    .as("loss of step %d", i + 1)
                    .isCloseTo(alone.losses().get(i), withinPercentage(LOSS_PERCENT));
            assertThat(moving.norms().get(i))
                    .as("gradient norm of step %d", i + 1)
                    .isCloseTo(alone.norms().get(i), withinPercentage(NORM_PERCENT));
        }
        assertThat(moving.validations()).hasSameSizeAs(alone.validations());
        for (int i = 0; i < moving.validations().size(); i++) {
            assertThat(moving.validations().get(i).perToken())
                    .isCloseTo(alone.validations().get(i).perToken(), withinPercentage(LOSS_PERCENT));
        }
    }

    /** Moves are those between the owners of two steps, and exactly their bytes move. */
    private static void assertMoves(List<StepResult> steps, int ranks, int interval) {
        int[][] owners = OwnerPlacement.even(2, 6, ranks);
        for (StepResult step : steps) {
            for (int l = 0; l < owners.length; l++) {
                for (int e = 0; e < owners[l].length; e++) {
                    assertThat(step.placements().get(l).owner(e)).isEqualTo(owners[l][e]);
                }
            }
            for (ExpertMove move : step.moves()) {
                assertThat(move.from())
                        .isEqualTo(owners[move.layer()][move.expert()])
                        .isNotEqualTo(move.to());
                owners[move.layer()][move.expert()] = move.to();
            }
            assertThat(step.traffic().reshardBytes()).isEqualTo(step.moves().size() * EXPERT_BYTES);
            assertThat(step.step() % interval == 0 || step.moves().isEmpty()).isTrue();
        }
    }

    /** Without copies an expert's gradient is summed in one order, whoever owns it. */
    @ParameterizedTest
    @EnumSource
    void shouldTrainToTheSameBitsWithoutCopies(Change change) {
        Recipe few = recipe("train.stop_after=12", "train.eval_interval=4");
        PlacementPolicy fixed = new ExpertParallelPolicy();
        History staying = TrainedRanks.train(few, Topology.of(3), null, by(fixed));
        History moving = TrainedRanks.train(few, Topology.of(3), null, by(new MovingPolicy(fixed, 3, 2, change)));

        assertThat(moving.losses()).isEqualTo(staying.losses());
        assertThat(moving.norms()).isEqualTo(staying.norms());
        assertThat(moving.validations()).hasSize(3).isEqualTo(staying.validations());
        assertThat(moving.steps()).filteredOn(step -> !step.moves().isEmpty()).hasSizeGreaterThan(3);
        assertThat(staying.steps()).allMatch(step -> step.traffic().reshardBytes() == 0);
    }

    static Stream<Arguments> resumed() {
        Topology two = Topology.of(2);
        return Stream.of(
                Arguments.of(copying(two, 2, Change.SHUFFLE)),
                Arguments.of(copying(two, 3, Change.BY_LOAD)),
                Arguments.of(named(NamedPolicy.FSSDP, two, 3)),
                Arguments.of(named(NamedPolicy.REPLICATE, two, 0)),
                Arguments.of(new MovingPolicy(new MovingPolicy.Sticky(2), 2, 3, Change.SHUFFLE)));
    }

    @ParameterizedTest
    @MethodSource("resumed")
    void shouldResumeBitForBit(PlacementPolicy policy, @TempDir Path folder) {
        History whole = TrainedRanks.train(recipe("train.stop_after=12"), Topology.of(2), null, by(policy));
        for (int stop : new int[] {4, 6}) {
            Path out = folder.resolve("stop" + stop);
            TrainedRanks.train(recipe("train.stop_after=" + stop), Topology.of(2), out, by(policy));
            History rest = TrainedRanks.resume(recipe("train.stop_after=12"), Topology.of(2), out, by(policy));

            assertThat(rest.losses()).isEqualTo(whole.losses().subList(stop, 12));
            assertThat(rest.norms()).isEqualTo(whole.norms().subList(stop, 12));
            for (int i = 0; i < rest.steps().size(); i++) {
                StepResult expected = whole.steps().get(stop + i);
                assertThat(rest.steps().get(i).moves()).isEqualTo(expected.moves());
                assertThat(rest.steps().get(i).placements()).isEqualTo(expected.placements());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("otherRanks")
    void shouldResumeOnAnotherNumberOfRanks(int before, int after, @TempDir Path folder) {
        Topology first = Topology.of(before);
        Topology second = Topology.of(after);
        Training moving = by(copying(first, 2, Change.SHUFFLE));
        TrainedRanks.train(recipe("train.stop_after=7"), first, folder, moving);
        History rest = TrainedRanks.resume(
                recipe("train.stop_after=14"), second, folder, by(copying(second, 3, Change.SHUFFLE)));

        assertThat(rest.steps()).hasSize(7);
        assertThat(rest.steps().getFirst().placements().getFirst().owner(0))
                .as("even owners again")
                .isZero();
        for (int i = 0; i < rest.steps().size(); i++) {
            assertThat(rest.losses().get(i)).isCloseTo(alone.losses().get(7 + i), withinPercentage(LOSS_PERCENT));
        }
    }

    static Stream<Arguments> otherRanks() {
        return Stream.of(Arguments.of(4, 2), Arguments.of(2, 4), Arguments.of(3, 1));
    }

    /** The loads that the policy is asked with, and since when. @param wanted owners after each step; null: it does not look */
    private record Asked(List<ReshardInput> inputs, int[][][] wanted) implements PlacementPolicy {
        @Override
        public boolean looksAtOwners(long step) {
            return wanted[(int) step - 1] != null;
        }

        @Override
        public StepPlacement place(StepInput input) {
            return StepPlacement.keeping(input.owners());
        }

        @Override
        public int[][] reshard(ReshardInput input) {
            long[][] load = Stream.of(input.load()).map(long[]::clone).toArray(long[][]::new);
            inputs.add(new ReshardInput(input.step(), input.owners(), load, input.steps()));
            return wanted[(int) input.step() - 1];
        }
    }

    /** Whether owners changed then or not. */
    @Test
    void shouldTellThePolicyTheLoadsSinceItLooked() {
        int[][] even = OwnerPlacement.even(2, 6, 2);
        int[][] other = {{1, 1, 1, 0, 0, 0}, {0, 0, 0, 1, 1, 1}};
        // Owners that are as before are no change, whether the array is the same or not.
        int[][][] wanted = {null, even, null, null, other, even};
        List<ReshardInput> inputs = new ArrayList<>();
        History history = TrainedRanks.train(
                recipe("train.stop_after=6"),
                Topology.of(2),
                null,
                (run, rank, recorder) ->
                        run.train(new Asked(rank == 0 ? inputs : new ArrayList<>(), wanted), recorder, () -> false));

        assertThat(inputs).extracting(ReshardInput::step).containsExactly(2L, 5L, 6L);
        assertThat(inputs).extracting(ReshardInput::steps).containsExactly(2L, 3L, 1L);
        assertThat(inputs.get(2).owners()).isDeepEqualTo(other);
        long between = 0;
        for (int step = 2; step < 5; step++) {
            between += history.steps().get(step).expertLoad()[1][4];
        }
        assertThat(inputs.get(1).load()[1][4]).isEqualTo(between);
        assertThat(inputs.get(2).load()).isDeepEqualTo(history.steps().get(5).expertLoad());
        assertThat(history.steps()).extracting(step -> step.moves().size()).containsExactly(0, 0, 0, 0, 6, 6);
    }

    @Test
    void shouldRefuseOwnersForWhichARankHasNoRoom() {
        int[][] greedy = {{0, 0, 0, 0, 1, 1}, {0, 0, 0, 1, 1, 1}};
        PlacementPolicy policy = new Asked(new ArrayList<>(), new int[][][] {null, greedy});

        assertThatThrownBy(() -> TrainedRanks.train(recipe("train.stop_after=3"), Topology.of(2), null, by(policy)))
                .hasMessage(
                        "step 2: placement policy: new owners: rank 0 would own 7 experts over all layers, it has 6 and"
                                + " keeps that number");
    }
}
