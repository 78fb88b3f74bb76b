package io.witan.scheduler.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.lanes.Lane;
import io.witan.scheduler.lanes.LaneGraph;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.pipeline.PipelineTime;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Hosts of training against the lanes that they stand for. */
class GradientHostPropertyTest {
    private static final double ROUNDING = 1e-9;

    @Property(tries = 300)
    void aDenseHostTakesWhatTwoLanesTake(@ForAll long seed) {
        Random random = new Random(seed);
        double dense = 5 * random.nextDouble();
        double gradient = random.nextInt(5) == 0 ? 0 : 5 * random.nextDouble();
        double factor = random.nextBoolean() ? 0 : 2 * random.nextDouble();
        LaneGraph graph = new LaneGraph();
        graph.add(Lane.COMPUTE, dense, 0);
        graph.add(Lane.INTER_NODE, gradient, 0);
        GradientHost host = new GradientHost.Dense(dense, factor);

        assertThat(host.ms(gradient))
                .isCloseTo(graph.run(new Contention(0, factor, factor)).makespanMs(), within(ROUNDING));
        assertThat(host.ms(host.windowMs())).isCloseTo(host.ms(0), within(ROUNDING));
    }

    @Property(tries = 300)
    void aLayerHidesWhatItsWindowTakesAndNoMore(@ForAll long seed) {
        Random random = new Random(seed);
        ChunkTimes chunk = new ChunkTimes(1 << random.nextInt(4), random.nextDouble(), 0, 2 * random.nextDouble(), 0);
        GradientHost host = new GradientHost.Pipeline(chunk, Contention.NONE);

        assertThat(host.ms(host.windowMs())).isCloseTo(host.ms(0), within(ROUNDING));
        assertThat(host.ms(host.windowMs() + 0.5)).isCloseTo(host.ms(0) + 0.5, within(ROUNDING));
        Contention contention = Contention.uniform(random.nextDouble());
        assertThat(new GradientHost.Pipeline(chunk, contention).ms(0.5))
                .isCloseTo(PipelineTime.graph(chunk, 0.5).run(contention).makespanMs(), within(ROUNDING));
    }
}
