package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.train.StepResult;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.ExpertSlices;
import io.witan.scheduler.plan.Placement;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A policy with its settings, and what has to be true of what it did under an uneven routing that is imposed. What layers cost is fixed. */
enum PolicyWay {
    EP("ep") {
        @Override
        void check(List<StepResult> steps, int ranks) {
            assertThat(PlacementChecks.copies(steps)).isZero();
            PlacementChecks.assertMoved(steps);
            PlacementChecks.assertOwnersStay(steps, ranks);
            assertThat(steps)
                    .as("tokens travel")
                    .allMatch(step -> step.traffic().allToAllBytes() > 0);
        }
    },
    FSSDP("fssdp") {
        @Override
        void check(List<StepResult> steps, int ranks) {
            PlacementChecks.assertPredictedAreEverywhere(steps, ranks);
            PlacementChecks.assertOwnersStay(steps, ranks);
            PlacementChecks.assertMoved(steps);
        }
    },
    RELEASING("fssdp", "parallel.rematerialise=release") {
        @Override
        void check(List<StepResult> steps, int ranks) {
            PlacementChecks.assertPredictedAreEverywhere(steps, ranks);
            PlacementChecks.assertOwnersStay(steps, ranks);
            for (StepResult step : steps) {
                // The last layer's backward follows its forward: its copies are still there.
                long twice = PlacementChecks.bytesOfCopies(step.placements().subList(0, LAYERS - 1));
                assertThat(step.traffic().sparseAllGatherBytes())
                        .isEqualTo(PlacementChecks.bytesOfCopies(step.placements()) + twice);
                assertThat(step.traffic().sparseReduceScatterBytes())
                        .isEqualTo(PlacementChecks.bytesOfCopies(step.placements()));
            }
        }
    },
    CALIBRATED(
            "fssdp",
            "parallel.calibration=on",
            "parallel.dispatch=balanced",
            "parallel.rematerialise=auto",
            "parallel.memory_capacity=3") {
        @Override
        void check(List<StepResult> steps, int ranks) {
            assertThat(PlacementChecks.copies(steps.subList(0, 1)))
                    .as("copies without a prediction are of the gate")
                    .isPositive();
            assertThat(steps).allMatch(step -> PlacementChecks.largestPerRank(step) <= 3);
            assertThat(steps.getLast().traffic().sparseAllGatherBytes()).isPositive();
            PlacementChecks.assertOwnersStay(steps, ranks);
        }
    },
    RESHARDING("fssdp", "parallel.planner=scored", "parallel.reshard_interval=" + PolicyWay.INTERVAL) {
        @Override
        void check(List<StepResult> steps, int ranks) {
            assertThat(PlacementChecks.copies(steps)).isPositive();
            PlacementChecks.assertMoved(steps);
            PlacementChecks.assertOwnersChange(steps);
            int[] slots = OwnerPlacement.slots(LAYERS, EXPERTS, ranks);
            for (StepResult step : steps) {
                int[] owned = new int[ranks];
                step.placements().forEach(layer -> PlacementChecks.addOwned(layer, owned));
                assertThat(owned).as("experts of each rank over all layers").isEqualTo(slots);
            }
        }
    },
    SHADOW("shadow") {
        @Override
        void check(List<StepResult> steps, int ranks) {
            assertThat(PlacementChecks.copies(steps)).isPositive();
            PlacementChecks.assertMoved(steps);
            PlacementChecks.assertOwnersStay(steps, ranks);
            for (StepResult step : steps) {
                for (int l = 0; l < LAYERS; l++) {
                    Placement layer = step.placements().get(l);
                    Set<Integer> shadows = PlacementChecks.copied(layer);
                    assertThat(shadows).hasSizeBetween(0, COPIES);
                    assertThat(shadows)
                            .as("all ranks or one")
                            .allMatch(expert -> layer.holders(expert).length == ranks);
                    assertThat(shadows)
                            .as("the hottest of this very step")
                            .isEqualTo(PlacementChecks.hottest(step.expertLoad()[l], shadows.size()));
                }
            }
        }
    },
    EXCHANGE("exchange", "parallel.reshard_interval=" + PolicyWay.INTERVAL) {
        @Override
        void check(List<StepResult> steps, int ranks) {
            assertThat(PlacementChecks.copies(steps)).isZero();
            PlacementChecks.assertMoved(steps);
            PlacementChecks.assertOwnersChange(steps);
            for (StepResult step : steps) {
                for (int l = 0; l < LAYERS; l++) {
                    assertThat(PlacementChecks.owned(step.placements().get(l), ranks))
                            .as("as many experts of the layer as before")
                            .isEqualTo(PlacementChecks.owned(
                                    steps.getFirst().placements().get(l), ranks));
                }
            }
        }
    },
    REPLICATE("replicate") {
        @Override
        void check(List<StepResult> steps, int ranks) {
            PlacementChecks.assertMoved(steps);
            PlacementChecks.assertOwnersStay(steps, ranks);
            assertThat(steps).allMatch(step -> step.placements().stream()
                    .flatMapToInt(layer -> Arrays.stream(layer.copiesByRank()))
                    .allMatch(copies -> copies <= COPIES));
            assertThat(steps)
                    .as("hot experts have more replicas than others")
                    .anyMatch(step -> PlacementChecks.replicaCounts(step).size() == Math.min(3, ranks));
            assertThat(PlacementChecks.pairsThatStayed(steps))
                    .as("replicas last")
                    .isGreaterThan(PlacementChecks.copies(steps) / 2);
        }
    },
    SLICED("sharded_experts") {
        @Override
        void check(List<StepResult> steps, int ranks) {
            long slice = new ExpertSlices(EXPERTS, ranks).sliceLength(EXPERT_LENGTH) * Float.BYTES;
            int perRank = Math.min(EXPERTS, Math.ceilDiv(EXPERTS, ranks) + COPIES);
            for (StepResult step : steps) {
                long held = 0;
                for (Placement layer : step.placements()) {
                    for (int rank = 0; rank < ranks; rank++) {
                        assertThat(layer.heldBy(rank)).hasSizeLessThanOrEqualTo(perRank);
                        held += layer.heldBy(rank).length;
                    }
                }
                assertThat(held).isGreaterThan((long) LAYERS * EXPERTS);
                assertThat(step.traffic().sparseAllGatherBytes()).isEqualTo(held * (ranks - 1) * slice);
                assertThat(step.traffic().sparseReduceScatterBytes()).isEqualTo(held * (ranks - 1) * slice);
                assertThat(step.moves()).isEmpty();
            }
        }
    };

    static final int STEPS = 50;
    /** The step of the checkpoint in the middle. */
    static final int SAVED = 25;

    static final int LAYERS = 2;
    static final int EXPERTS = 6;
    static final int COPIES = 2;
    static final int INTERVAL = 5;
    static final int WINDOW = 5;
    static final int EXPERT_LENGTH = 3 * 32 * 48;

    /** Experts that compute for long and travel fast, so that much is worth copying and moving. */
    private static final String[] SETTINGS = {
        "train.steps=" + STEPS,
        "train.eval_interval=0",
        "checkpoint.interval=" + SAVED,
        "checkpoint.vault=false",
        "routing.force_skew=zipf:1.2,drift=0.1,order=aligned",
        "parallel.overlap_degree=" + COPIES,
        "parallel.memory_capacity=" + COPIES,
        "parallel.prediction_window=" + WINDOW,
        "parallel.costs.attention_forward_ns=100000",
        "parallel.costs.forward_ps_per_assignment=10000000",
        "parallel.costs.start_up_ns=0",
        "parallel.costs.intra_node_bytes_per_second=10000000000",
        "parallel.costs.inter_node_bytes_per_second=1000000000"
    };

    private final List<String> own;

    PolicyWay(String policy, String... more) {
        this.own = Stream.concat(Stream.of("parallel.policy=" + policy), Stream.of(more))
                .toList();
    }

    Recipe recipe() {
        return SameNumbersTest.recipe(
                Stream.concat(Stream.of(SETTINGS), own.stream()).toArray(String[]::new));
    }

    /** Of the steps of a whole run. */
    abstract void check(List<StepResult> steps, int ranks);
}
