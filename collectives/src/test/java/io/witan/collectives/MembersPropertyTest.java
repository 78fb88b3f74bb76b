package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class MembersPropertyTest {
    /** Each member works its group out by itself, and all come to the same, through two levels. */
    @Property(tries = 300)
    void shouldBeTheSameForAllMembers(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Topology topology = Topology.of(random.ints(random.nextInt(1, 5), 1, 5).toArray());
        List<Integer> outer = some(topology.rankCount(), random);
        List<Integer> inner = some(outer.size(), random);
        Set<Long> runIds = new HashSet<>(List.of(seed));
        Set<Topology> shapes = new HashSet<>();
        for (int place = 0; place < inner.size(); place++) {
            int worldRank = outer.get(inner.get(place));
            Members world = Members.world(seed, worldRank, topology);
            Members group = world.only(world.chosen(outer), 3).only(inner, 0);

            runIds.add(group.runId());
            shapes.add(group.topology());
            assertThat(group.rank()).isEqualTo(place);
            assertThat(group.worldRanks().get(place)).isEqualTo(worldRank);
            for (int other = 0; other < inner.size(); other++) {
                assertThat(group.topology().sameNode(place, other))
                        .isEqualTo(
                                topology.sameNode(worldRank, group.worldRanks().get(other)));
            }
        }
        assertThat(runIds).hasSize(2);
        assertThat(shapes).hasSize(1);
    }

    /** No two groups of a run may hear each other. */
    @Property(tries = 100)
    void shouldHaveARunIdOfItsOwn(@ForAll long runId) {
        Members world = Members.world(runId, 0, Topology.of(4));
        Set<Long> runIds = new HashSet<>();
        for (List<Integer> ranks : List.of(List.of(0, 1), List.of(0, 2), List.of(0, 1, 2, 3))) {
            for (int serial = 0; serial < 5; serial++) {
                Members group = world.only(ranks, serial);
                runIds.add(group.runId());
                runIds.add(group.only(List.of(0, 1), serial).runId());
            }
        }
        assertThat(runIds).hasSize(30).doesNotContain(runId);
    }

    private static List<Integer> some(int count, SplittableRandom random) {
        int certain = random.nextInt(count);
        return IntStream.range(0, count)
                .filter(rank -> rank == certain || random.nextBoolean())
                .boxed()
                .toList();
    }
}
