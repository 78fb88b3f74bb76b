package io.witan.scheduler.simulate.fsmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.simulate.fsmoe.LayerShape.Experts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestbedTest {
    private static final LayerShape GPT = new LayerShape(4, 1024, 1600, 6400, 2.4, Experts.SIMPLE, 1);
    private static final LayerShape MIXTRAL = new LayerShape(4, 1024, 4096, 14336, 2.4, Experts.GATED, 0.25);

    /** Sums of a layer's collectives as worked out by hand from the published lines, ms. */
    @ParameterizedTest
    @CsvSource({
        "A, GPT, 9.7, 5.9, 5.7, 6.8",
        "A, MIXTRAL, 23.9, 14.1, 13.4, 26.47",
        "B, GPT, 10.0, 15.0, 15.0, 6.2",
        "B, MIXTRAL, 25.0, 38.4, 38.2, 25.2"
    })
    void collectivesOfTheMeasuredLayers(
            String testbed, String model, double allToAll, double gather, double scatter, double gradient) {
        LayerTimes times = LayerTimes.forward(testbed(testbed), model.equals("GPT") ? GPT : MIXTRAL);
        ChunkTimes whole = times.moe().chunk(1);
        assertThat(2 * whole.allToAllMs()).isCloseTo(allToAll, within(0.051));
        assertThat(whole.allGatherMs() + times.gatherMs()).isCloseTo(gather, within(0.1));
        assertThat(whole.reduceScatterMs() + times.scatterMs()).isCloseTo(scatter, within(0.1));
        assertThat(times.gradient().ms()).isCloseTo(gradient, within(0.06));
    }

    /** Table 2 forward and backward. */
    @ParameterizedTest
    @CsvSource({
        "A, GPT, 3.1, 1.7, 3.6, 0.4",
        "A, MIXTRAL, 15.6, 4.1, 7.7, 0.4",
        "B, GPT, 6.7, 4.5, 8.6, 0.4",
        "B, MIXTRAL, 58.5, 9.5, 18.1, 0.8"
    })
    void computingOfTheMeasuredLayersIsAsMeasured(
            String testbed, String model, double experts, double attention, double backward, double order) {
        LayerShape shape = model.equals("GPT") ? GPT : MIXTRAL;
        LayerTimes forward = LayerTimes.forward(testbed(testbed), shape);
        LayerTimes back = LayerTimes.backward(testbed(testbed), shape);
        assertThat(forward.moe().chunk(1).expertMs()).isCloseTo(experts, within(0.11));
        assertThat(back.moe().chunk(1).expertMs())
                .isCloseTo(2 * forward.moe().chunk(1).expertMs(), within(1e-9));
        assertThat(forward.attention().ms()).isCloseTo(attention, within(1e-9));
        assertThat(back.attention().ms()).isCloseTo(backward, within(1e-9));
        assertThat(forward.orderMs()).isCloseTo(order, within(1e-9));
    }

    @Test
    void expertLinesAreWhatIsKnownOfTheCards() {
        assertThat(Testbed.a().computing().expert().betaMs()).isCloseTo(6.5e-11, within(0.1e-11));
        assertThat(Testbed.a().computing().expert().alphaMs()).isCloseTo(1.5, within(0.06));
        assertThat(Testbed.b().computing().expert().betaMs()).isCloseTo(1.35e-10, within(0.01e-10));
        assertThat(Testbed.b().computing().expert().alphaMs()).isZero();
    }

    @Test
    void theGridHas1458Layers() {
        assertThat(LayerGrid.shapes(Testbed.a())).hasSize(1458);
        assertThat(LayerGrid.shapes(Testbed.b())).hasSize(1458);
        assertThat(LayerGrid.shapes(Testbed.b()).stream().distinct()).hasSize(1458 / 3);
    }

    @Test
    void contentionIsSuchThatTheFittedRowComesOut() {
        Contention fitted = ContentionFit.fit();
        assertThat(ContentionFit.ratio(fitted)).isCloseTo(968.1 / 707.7, within(1e-6));
        assertThat(fitted.interIntra())
                .isBetween(0.1, 0.4)
                .isEqualTo(fitted.interCompute())
                .isEqualTo(fitted.intraCompute());
    }

    private static Testbed testbed(String name) {
        return name.equals("A") ? Testbed.a() : Testbed.b();
    }
}
