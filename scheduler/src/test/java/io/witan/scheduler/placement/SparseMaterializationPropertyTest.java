package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.predict.LoadOrder;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class SparseMaterializationPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    @Property(tries = 600)
    void neverExceedsCapacityAndCopiesOnlyTheHottest(
            @ForAll("layers") Worlds.Layer layer,
            @ForAll @IntRange(max = 12) int degree,
            @ForAll @IntRange(max = 12) int capacity) {
        Placement wide = plan(layer, degree, capacity);

        assertThat(wide.contains(layer.owners())).isTrue();
        for (int rank = 0; rank < wide.rankCount(); rank++) {
            assertThat(copiesOn(rank, wide)).isLessThanOrEqualTo(Math.min(degree, capacity));
        }
        int[] order = LoadOrder.descending(layer.load());
        for (int i = 0; i < order.length; i++) {
            if (i >= degree || layer.load()[order[i]] == 0) {
                assertThat(wide.holders(order[i])).containsExactly(wide.owner(order[i]));
            }
        }
    }

    @Property(tries = 600)
    void leavesNoSlotFreeThatAHotExpertCouldUse(
            @ForAll("layers") Worlds.Layer layer,
            @ForAll @IntRange(max = 12) int degree,
            @ForAll @IntRange(max = 12) int capacity) {
        Placement wide = plan(layer, degree, capacity);
        int[] order = LoadOrder.descending(layer.load());
        for (int i = 0; i < Math.min(degree, order.length); i++) {
            for (int rank = 0; rank < wide.rankCount(); rank++) {
                assertThat(layer.load()[order[i]] == 0
                                || wide.holds(rank, order[i])
                                || copiesOn(rank, wide) == capacity)
                        .as("expert %d on rank %d of %s", order[i], rank, wide)
                        .isTrue();
            }
        }
    }

    @Property(tries = 600)
    void equalsTheOracle(
            @ForAll("layers") Worlds.Layer layer,
            @ForAll @IntRange(max = 12) int degree,
            @ForAll @IntRange(max = 6) int capacity) {
        Assume.that(Arrays.stream(layer.load()).max().orElse(0) < 1L << 40);
        List<Set<Integer>> expected =
                new SlowMaterialization(layer.topology(), layer.owners(), layer.load(), capacity).holders(degree);
        Placement wide = plan(layer, degree, capacity);
        for (int e = 0; e < wide.expertCount(); e++) {
            assertThat(wide.holders(e))
                    .isEqualTo(
                            expected.get(e).stream().mapToInt(Integer::intValue).toArray());
        }
    }

    /** So the ingress of a node fits the time that chose t. */
    @Property(tries = 600)
    void noNodeReceivesMoreThanTheOverlapDegree(
            @ForAll("layers") Worlds.Layer layer,
            @ForAll @IntRange(max = 12) int degree,
            @ForAll @IntRange(max = 12) int capacity) {
        var transfers = HierarchicalTransferPlanner.plan(
                layer.topology(), layer.owners(), plan(layer, degree, capacity), layer.load());
        for (int node = 0; node < layer.topology().nodeCount(); node++) {
            assertThat(transfers.chunksIntoNode(node)).isLessThanOrEqualTo(degree);
        }
    }

    @Property(tries = 250)
    void equalInputsAndScaledLoadsGiveTheSamePlan(
            @ForAll("layers") Worlds.Layer layer,
            @ForAll @IntRange(max = 12) int degree,
            @ForAll @IntRange(max = 12) int capacity) {
        Placement wide = plan(layer, degree, capacity);
        Placement again = SparseMaterialization.plan(
                layer.topology(), layer.wide().ownersOnly(), layer.load().clone(), degree, capacity);
        assertThat(again).isEqualTo(wide);
        assertThat(again.stableHash()).isEqualTo(wide.stableHash());

        Assume.that(Arrays.stream(layer.load()).max().orElse(0) < 1L << 40);
        long[] fivefold = Arrays.stream(layer.load()).map(f -> 5 * f).toArray();
        assertThat(SparseMaterialization.plan(layer.topology(), layer.owners(), fivefold, degree, capacity))
                .as("a sum over a window plans as its mean")
                .isEqualTo(wide);
    }

    private static Placement plan(Worlds.Layer layer, int degree, int capacity) {
        return SparseMaterialization.plan(layer.topology(), layer.owners(), layer.load(), degree, capacity);
    }

    private static int copiesOn(int rank, Placement placement) {
        int copies = 0;
        for (int e : placement.heldBy(rank)) {
            copies += placement.owner(e) == rank ? 0 : 1;
        }
        return copies;
    }
}
