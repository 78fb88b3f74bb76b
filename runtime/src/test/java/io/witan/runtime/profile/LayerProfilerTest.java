package io.witan.runtime.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.pipeline.LayerSizes;
import io.witan.scheduler.pipeline.PipelinePlanner;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Work of known length, and real collectives. */
class LayerProfilerTest {
    private static final LayerProfiler.Traffic TRAFFIC = new LayerProfiler.Traffic(256, 40_000);
    private static final long BUDGET_NS = 15_000_000_000L;
    private static final double MS_PER_ASSIGNMENT = 0.5 / WaitingWork.ASSIGNMENTS;

    @ParameterizedTest
    @CsvSource({
        "1, 0, 0, FLAT",
        "2, 0, 0, FLAT",
        "3, 0, 4194304, FLAT",
        "1, 1, 0, FLAT",
        "2, 2, 0, TWO_LEVEL",
        "2, 2, 4194304, LEADER",
        "2, 1, 4194304, FLAT"
    })
    void shouldBeTheSameOnAllRanks(int first, int second, long sharedBytes, AllToAll way) throws IOException {
        Topology topology = second == 0 ? Topology.of(first) : Topology.of(first, second);
        Ranks.Program<LayerProfile> measure = runtime -> measure(runtime, way);
        List<LayerProfile> profiles =
                sharedBytes == 0 ? Ranks.run(topology, measure) : Ranks.runOnNodes(topology, sharedBytes, measure);

        assertThat(profiles).containsOnly(profiles.getFirst());
        LayerProfile profile = profiles.getFirst();
        assertThat(profile.collectives()).extracting(CollectiveLines::reach).containsExactly(reaches(topology));
        assertThat(lines(profile)).allSatisfy(line -> {
            assertThat(line.samples()).isBetween(3, 6);
            assertThat(line.time().ms(1000)).isBetween(0.0, 1000.0);
        });
        assertThat(profile.expertForward().time().ms(WaitingWork.ASSIGNMENTS)).isBetween(0.4, 50.0);
        assertThat(profile.expertBackward().time().ms(WaitingWork.ASSIGNMENTS)).isBetween(0.8, 100.0);
        assertThat(profile.expertWeights().time().ms(WaitingWork.ASSIGNMENTS)).isBetween(0.8, 100.0);
        assertThat(profile.contention()).isNotNegative().isFinite();
        assertThat(profile.attentionMs()).as("the slowest rank's").isBetween(2.0 * topology.rankCount(), 100.0);
        LayerSizes sizes = LayerSizes.even(topology, WaitingWork.ASSIGNMENTS, TRAFFIC.rowBytes());
        assertThat(profiles)
                .extracting(of -> new PipelinePlanner(of, topology, sizes, true).best())
                .containsOnly(new PipelinePlanner(profile, topology, sizes, true).best());
    }

    /** Waiting is as long as asked, or longer: the line is not below the truth by more than its noise. */
    @Test
    void shouldFindHowLongExpertsTake() {
        LayerProfile profile = Ranks.run(Topology.of(1), runtime -> measure(runtime, AllToAll.FLAT))
                .getFirst();

        assertThat(profile.expertForward().time().alphaMs()).isBetween(0.3, 10.0);
        assertThat(profile.expertForward().time().betaMs()).isLessThan(20 * MS_PER_ASSIGNMENT);
        assertThat(profile.contention()).isZero();
    }

    /** The clock says that the time is over from the start. */
    @Test
    void shouldTimeOnlyWhatLinesNeedWhenTheBudgetIsSpent() {
        List<Integer> timings = Ranks.run(Topology.of(2, 2), runtime -> {
            LayerProfiler profiler = profiler(runtime, AllToAll.FLAT, 0);
            LayerProfile profile = profiler.measure();
            assertThat(lines(profile))
                    .allSatisfy(line -> assertThat(line.samples()).isEqualTo(3));
            return profiler.timings();
        });

        int lines = 3 * 4 + 3;
        assertThat(timings)
                .as("one to warm up and three, for contention too; one of attention")
                .containsOnly(4 * (lines + 1) + 2);
    }

    @Test
    void shouldTellALineForEachOperation() {
        LayerProfile profile = Ranks.run(Topology.of(2), runtime -> measure(runtime, AllToAll.FLAT))
                .getFirst();

        List<String> table = ProfileTable.lines(profile, "measured");
        assertThat(table).hasSize(10);
        assertThat(table.getFirst()).startsWith("costs, measured").endsWith("r2");
        assertThat(table.get(1)).startsWith("all-to-all ");
        assertThat(table.get(5)).startsWith("attention forward ");
        assertThat(table.subList(0, 9)).allSatisfy(line -> assertThat(line).hasSameSizeAs(table.getFirst()));
    }

    private static Reach[] reaches(Topology topology) {
        if (topology.rankCount() == 1) {
            return new Reach[0];
        }
        boolean levels = topology.nodeCount() > 1 && topology.nodeCount() < topology.rankCount();
        return levels ? Reach.values() : new Reach[] {Reach.ALL};
    }

    private static List<LinearFit> lines(LayerProfile profile) {
        Stream<LinearFit> collectives = profile.collectives().stream()
                .flatMap(of -> Stream.of(of.allToAll(), of.allGather(), of.reduceScatter(), of.allReduce()));
        return Stream.concat(
                        collectives,
                        Stream.of(profile.expertForward(), profile.expertBackward(), profile.expertWeights()))
                .toList();
    }

    private static LayerProfile measure(RankRuntime runtime, AllToAll way) {
        return profiler(runtime, way, BUDGET_NS).measure();
    }

    private static LayerProfiler profiler(RankRuntime runtime, AllToAll way, long budgetNs) {
        WaitingWork work = new WaitingWork(runtime.rank());
        return new LayerProfiler(runtime, work, way.of(runtime, 0), TRAFFIC, budgetNs, System::nanoTime);
    }
}
