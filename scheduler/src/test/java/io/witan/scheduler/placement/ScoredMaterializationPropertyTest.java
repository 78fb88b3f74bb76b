package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import java.util.function.ToLongFunction;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class ScoredMaterializationPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    @Provide
    Arbitrary<LayerCost> costs() {
        return Worlds.costs();
    }

    @Property(tries = 600)
    void isNeverWorseThanAlgorithm1OrNoCopies(
            @ForAll("layers") Worlds.Layer layer,
            @ForAll("costs") LayerCost cost,
            @ForAll @IntRange(max = 11) int degree,
            @ForAll @IntRange(max = 11) int capacity,
            @ForAll boolean kept) {
        Topology topology = layer.topology();
        ToLongFunction<LayerTime> price = kept ? LayerTime::keptNs : LayerTime::releasedNs;
        LayerTimeModel model = LayerTimeModel.ofWholeExperts(topology, cost);
        Placement first = SparseMaterialization.plan(topology, layer.owners(), layer.load(), degree, capacity);

        Placement wide = new ScoredMaterialization(topology, model, 5000, degree, price)
                .plan(layer.owners(), layer.load(), capacity);

        assertThat(wide.contains(layer.owners())).isTrue();
        assertThat(Arrays.stream(wide.copiesByRank()).max().getAsInt()).isLessThanOrEqualTo(capacity);
        long ns = price.applyAsLong(model.expected(wide, layer.load(), 5000));
        assertThat(ns).isLessThanOrEqualTo(price.applyAsLong(model.expected(first, layer.load(), 5000)));
        assertThat(ns).isLessThanOrEqualTo(price.applyAsLong(model.expected(layer.owners(), layer.load(), 5000)));
    }

    /** What is left out is never the cheapest. */
    @Property(tries = 1500)
    void isWhatLookingAtAllCandidatesFinds(
            @ForAll("layers") Worlds.Layer layer,
            @ForAll("costs") LayerCost cost,
            @ForAll @IntRange(max = 11) int degree,
            @ForAll @IntRange(max = 11) int capacity,
            @ForAll boolean kept) {
        Topology topology = layer.topology();
        ToLongFunction<LayerTime> price = kept ? LayerTime::keptNs : LayerTime::releasedNs;
        LayerTimeModel model = LayerTimeModel.ofWholeExperts(topology, cost);

        ScoredMaterialization scored = new ScoredMaterialization(topology, model, 5000, degree, price);

        assertThat(scored.plan(layer.owners(), layer.load(), capacity))
                .isEqualTo(SlowScoring.plan(scored, layer.owners(), layer.load(), capacity));
    }

    /** The fixed "top t to all ranks" can be worse than a planner that weighs (Pro-Prophet's warning); here it costs most. */
    @Example
    void copiesOnlyWhatPays() {
        Topology topology = Topology.of(4);
        Placement owners = Placement.ofOwners(new int[] {0, 1, 2, 3}, 4);
        long[] load = {700, 100, 100, 100};
        LayerCost free = new LayerCost(1000, 4000, 100, 1_000_000, 1_000_000, 0, new LinkSpeed(1L << 40, 1L << 40));
        LayerCost dear = new LayerCost(10_000_000, 40_000_000, 100, 1_000_000, 0, 0, new LinkSpeed(1L << 20, 1L << 20));

        assertThat(scored(topology, free).plan(owners, load, 4).copyCount()).isPositive();
        assertThat(scored(topology, dear).plan(owners, load, 4)).isEqualTo(owners);
    }

    private static ScoredMaterialization scored(Topology topology, LayerCost cost) {
        return new ScoredMaterialization(
                topology, LayerTimeModel.ofWholeExperts(topology, cost), 1000, 4, LayerTime::keptNs);
    }
}
