package io.witan.scheduler.simulate.fsmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.lanes.LaneGraph;
import io.witan.scheduler.pipeline.DegreeSearch;
import io.witan.scheduler.pipeline.PipelineTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final double ROUNDING = 1e-6;
    private static final int[] POWERS = {1, 2, 4, 8};

    private final List<LayerShape> shapes = new Random(5)
            .ints(25, 0, 1458)
            .mapToObj(LayerGrid.shapes(Testbed.a())::get)
            .toList();

    @Test
    void ofLanesThatGoOneAfterTheOtherNothingIsFasterThanSerial() {
        for (LayerShape shape : shapes) {
            double serial = layerMs(MoeSystem.DEEPSPEED, shape, Contention.uniform(1));
            for (MoeSystem system : MoeSystem.values()) {
                assertThat(layerMs(system, shape, Contention.uniform(1))).isGreaterThanOrEqualTo(serial - ROUNDING);
            }
        }
    }

    @Test
    void withoutContentionFsmoesLayerIsTheClosedOne() {
        for (LayerShape shape : shapes) {
            LayerTimes forward = LayerTimes.forward(Testbed.a(), shape);
            LayerTimes backward = LayerTimes.backward(Testbed.a(), shape);
            Schedule fsmoe = MoeSystem.FSMOE.schedule(Testbed.a(), shape, Contention.NONE);
            assertThat(fsmoe.forwardMs())
                    .isCloseTo(
                            forward.denseMs()
                                    + DegreeSearch.best(forward.moe(), 0, POWERS, Contention.NONE)
                                            .ms(),
                            within(ROUNDING));
            LayerTimes.Gradient gradient = backward.gradient();
            double tooMuch = gradient.ms() <= backward.denseMs()
                    ? 0
                    : gradient.ms() - backward.denseMs() + gradient.allReduce().alphaMs();
            if (backward.denseMs() > gradient.allReduce().alphaMs()) {
                assertThat(fsmoe.backwardMs())
                        .isCloseTo(
                                backward.denseMs()
                                        + DegreeSearch.best(backward.moe(), tooMuch, POWERS, Contention.NONE)
                                                .ms(),
                                within(ROUNDING));
            }
        }
    }

    @Test
    void oursIsNeverSlowerThanFsmoe() {
        Contention contention = Contention.uniform(0.2);
        for (LayerShape shape : shapes) {
            assertThat(layerMs(MoeSystem.WITAN, shape, contention))
                    .isLessThanOrEqualTo(layerMs(MoeSystem.FSMOE, shape, contention));
        }
    }

    /** Nothing is lost or done for free: the tasks of our graphs are the serial layer's work, and the start-ups of cutting it. */
    @Test
    void ourGraphsDoAllTheWork() {
        for (LayerShape shape : shapes) {
            LayerTimes forward = LayerTimes.forward(Testbed.a(), shape);
            LayerTimes backward = LayerTimes.backward(Testbed.a(), shape);
            double units = backward.gradient().units();
            for (int degree : POWERS) {
                for (int pieces = 1; pieces <= Math.min(4, degree); pieces *= 2) {
                    double[] split = {0, units / 4, units - units / 4};
                    for (double later : new double[] {0, 0.5}) {
                        WitanGraph.Choice choice = new WitanGraph.Choice(degree, pieces, later, split);
                        assertThat(WitanGraph.backward(backward, choice).serialMs())
                                .isCloseTo(
                                        cutMs(backward, degree, pieces)
                                                + backward.gradient().ms()
                                                + backward.gradient()
                                                        .allReduce()
                                                        .alphaMs(),
                                        within(ROUNDING));
                    }
                    assertThat(WitanGraph.forward(forward, degree, pieces).serialMs())
                            .isCloseTo(cutMs(forward, degree, pieces), within(ROUNDING));
                }
            }
        }
    }

    @Test
    void aWholeLayerOfOursIsSerial() {
        LayerTimes forward = LayerTimes.forward(Testbed.b(), shapes.getFirst());
        LaneGraph graph = WitanGraph.forward(forward, 1, 1);
        double serial = MoeSystem.DEEPSPEED
                .schedule(Testbed.b(), shapes.getFirst(), Contention.NONE)
                .forwardMs();
        assertThat(graph.run(Contention.uniform(0.3)).makespanMs()).isCloseTo(serial, within(ROUNDING));
        assertThat(graph.serialMs()).isCloseTo(serial, within(ROUNDING));
    }

    @Test
    void gradientsOfTutelAreExposedAndImprovedHidesThemUnderAttention() {
        for (LayerShape shape : shapes) {
            LayerTimes backward = LayerTimes.backward(Testbed.a(), shape);
            Schedule tutel = MoeSystem.TUTEL.schedule(Testbed.a(), shape, Contention.NONE);
            Schedule improved = MoeSystem.TUTEL_IMPROVED.schedule(Testbed.a(), shape, Contention.NONE);
            double hidden =
                    Math.min(backward.gradient().ms(), backward.attention().ms());
            assertThat(tutel.backwardMs() - tutel.backwardAloneMs())
                    .isCloseTo(backward.gradient().ms(), within(ROUNDING));
            // It starts after the gather, so it may also be hidden while gate and orders compute.
            assertThat(tutel.backwardMs() - improved.backwardMs()).isCloseTo(hidden, within(ROUNDING));
            assertThat(improved.forwardMs()).isEqualTo(tutel.forwardMs());
        }
    }

    private static double layerMs(MoeSystem system, LayerShape shape, Contention contention) {
        return system.schedule(Testbed.a(), shape, contention).layerMs();
    }

    /** Serial time of a layer whose experts are cut in chunks and whose rest is cut in pieces. */
    private static double cutMs(LayerTimes times, int degree, int pieces) {
        int more = pieces - 1;
        return times.denseMs()
                + times.moe().chunk(degree).serialMs()
                + more
                        * (times.gather().time().alphaMs()
                                + times.scatter().time().alphaMs())
                + more * (times.order().alphaMs() + 2 * times.attention().gemmStartUpMs());
    }

    @Test
    void theEventModelOfAChunkedLayerIsWhatFsmoeRuns() {
        LayerTimes backward = LayerTimes.backward(Testbed.b(), shapes.getFirst());
        assertThat(PublishedModel.experts(backward.moe(), 4, 3, false)
                        .run(Contention.NONE)
                        .makespanMs())
                .isCloseTo(PipelineTime.idealMs(backward.moe().chunk(4), 3), within(ROUNDING));
    }
}
