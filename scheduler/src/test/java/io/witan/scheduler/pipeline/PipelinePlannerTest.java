package io.witan.scheduler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelinePlannerTest {
    private static final Topology TWO = Topology.of(2);
    private static final Topology FOUR = Topology.of(2, 2);

    /** 1000 assignments of 2 bytes on two ranks: 1000 bytes leave. */
    private static final LayerSizes SIZES = LayerSizes.even(TWO, 1000, 2);

    @Test
    void shouldCutNothingWhereExchangesTakeNoTime() {
        assertThat(planner(0.01, 1e-6, 0.05, 0).best()).isEqualTo(PipelineDegrees.SERIAL);
        assertThat(planner(0, 0, 0, 0).best()).isEqualTo(PipelineDegrees.SERIAL);
    }

    @Test
    void shouldCutNothingForASavingThatNoLineCanTell() {
        // Without start-ups 16 pieces would hide 15/16 of the exchanges, which are 4 of 304 ms.
        assertThat(planner(0, 0.001, 0, 0).best()).isEqualTo(PipelineDegrees.SERIAL);
    }

    @Test
    void shouldCutNothingWhereLanesOnlyTakeTurns() {
        assertThat(planner(0.01, 0.1, 0.01, 0).best().pieces()).isGreaterThan(1);
        assertThat(planner(0.01, 0.1, 0.01, 1).best()).isEqualTo(PipelineDegrees.SERIAL);
    }

    /** Forward, exchanges alone take 200 ms, which two messages reach and no more can beat; backward, experts hide all but the ends. */
    @Test
    void shouldTakeTheFewestMessagesThatDo() {
        assertThat(planner(0, 0.1, 0, 0).best()).isEqualTo(new PipelineDegrees(2, 16));
    }

    @Test
    void shouldPredictByHand() {
        PipelinePlanner planner = planner(1, 0.1, 2, 0);
        // Dispatch 1 + 100, experts 2 + 100 and 2 + 200, combine 101.
        assertThat(planner.forwardMs(PipelineDegrees.SERIAL)).isCloseTo(304, within(1e-9));
        assertThat(planner.backwardMs(PipelineDegrees.SERIAL)).isCloseTo(404, within(1e-9));
        // Forward in two messages of 51 ms, each computed in two pieces of 2 + 25: D 51, 102; E 78, 105, 132, 159; C
        // 156, 210.
        assertThat(planner.forwardMs(new PipelineDegrees(2, 4))).isCloseTo(210, within(1e-9));
        // Backward in four messages of 26 ms, pieces of 52: D 26 .. 104; E 78, 130, 182, 234; C 260.
        assertThat(planner.backwardMs(new PipelineDegrees(2, 4))).isCloseTo(260, within(1e-9));
        assertThat(planner.ms(new PipelineDegrees(2, 4))).isCloseTo(470, within(1e-9));
        assertThat(planner.forwardChunk(new PipelineDegrees(2, 4))).isEqualTo(new ChunkTimes(2, 51, 0, 54, 0));
    }

    @Test
    void shouldPutGradientsOfWeightsIntoGaps() {
        PipelinePlanner planner = new PipelinePlanner(profile(1, 0.1, 2, 0), TWO, SIZES, true);
        // Dispatch 101, rows 102; the combine's 101 hide the weights' 100.
        assertThat(planner.backwardMs(PipelineDegrees.SERIAL)).isCloseTo(304, within(1e-9));
        // Messages of 51 ms, pieces of 52 for rows and 50 for weights: D 51, 102; rows 103; the second has come, 155;
        // weights
        // 205, 255; C 154, 206.
        assertThat(planner.backwardMs(new PipelineDegrees(2, 2))).isCloseTo(255, within(1e-9));
        // Where messages take longer, weights of the first fill the gap before the second: D 101, 202; rows 153;
        // weights 203;
        // rows 255; weights 305; C 303, 404 with the first after the last dispatch, the second after the first.
        PipelinePlanner slow = new PipelinePlanner(profile(1, 0.2, 2, 0), TWO, SIZES, true);
        assertThat(slow.backwardMs(new PipelineDegrees(2, 2))).isCloseTo(404, within(1e-9));
    }

    @Test
    void shouldWeighWhatStaysInNodes() {
        LayerProfile profile = new LayerProfile(
                List.of(lines(Reach.ALL, 1, 0.4), lines(Reach.IN_NODE, 0, 0.1), lines(Reach.BETWEEN_NODES, 0, 1)),
                0,
                fit(0, 0),
                fit(0, 0),
                fit(0, 0),
                0);
        LayerSizes even = LayerSizes.even(FOUR, 400, 1);
        assertThat(even.leavesRank()).isEqualTo(0.75);
        assertThat(even.leavesNode()).isEqualTo(0.5);
        // The measured line, at the bytes that leave a rank.
        assertThat(exchangeMs(profile, even)).isCloseTo(1 + 0.4 * 300, within(1e-9));
        // 300 bytes by even shares weigh 100 x 0.1 + 200 x 1; 300 bytes in the node weigh 30.
        LayerSizes inNode = new LayerSizes(400, 1, 0.75, 0);
        assertThat(exchangeMs(profile, inNode)).isCloseTo(1 + 0.4 * 300 * 30 / 210, within(1e-9));
        assertThat(exchangeMs(profile, new LayerSizes(400, 1, 0, 0))).isCloseTo(1, within(1e-9));
    }

    @Test
    void shouldTakeUnevenNodesByTheRankThatSendsMost() {
        LayerSizes sizes = LayerSizes.even(Topology.of(3, 1), 8, 1);
        assertThat(sizes.leavesRank()).isEqualTo(0.75);
        assertThat(sizes.leavesNode()).isEqualTo(0.75);
    }

    @Test
    void shouldRefuseWhatNoLayerHas() {
        assertThatThrownBy(() -> new LayerSizes(1, 1, 0.5, 0.6)).hasMessageContaining("0.6 the node");
        MoeWork.Part part = new MoeWork.Part(new LinearTime(1, 1), 1);
        assertThatThrownBy(() -> new MoeWork(part, part, part, part).chunk(4, 2))
                .hasMessageContaining("2 pieces in 4 chunks");
    }

    private static double exchangeMs(LayerProfile profile, LayerSizes sizes) {
        return new PipelinePlanner(profile, FOUR, sizes, true)
                .forwardChunk(PipelineDegrees.SERIAL)
                .allToAllMs();
    }

    /** Experts take 0.1 ms an assignment forward and 0.2 ms backward, with one start-up in each and nothing deferred. */
    private static PipelinePlanner planner(double alpha, double beta, double expertAlpha, double contention) {
        return new PipelinePlanner(profile(alpha, beta, expertAlpha, contention), TWO, SIZES, false);
    }

    private static LayerProfile profile(double alpha, double beta, double expertAlpha, double contention) {
        return new LayerProfile(
                List.of(lines(Reach.ALL, alpha, beta)),
                0,
                fit(expertAlpha, 0.1),
                fit(expertAlpha, 0.1),
                fit(0, 0.1),
                contention);
    }

    private static CollectiveLines lines(Reach reach, double alpha, double beta) {
        LinearFit none = fit(0, 0);
        return new CollectiveLines(reach, fit(alpha, beta), none, none, none);
    }

    private static LinearFit fit(double alphaMs, double betaMs) {
        return new LinearFit(new LinearTime(alphaMs, betaMs), 1, 0, 6);
    }
}
