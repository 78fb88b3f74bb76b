package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Groups of some ranks on the drivers and endpoints of their world. */
@Timeout(120)
class SubgroupIT {
    private static final Topology FOUR = Topology.of(2, 2);

    @RegisterExtension
    final AeronNodes nodes = new AeronNodes();

    /** One from each node in each half: the halves share both drivers and all endpoints with each other and the world. */
    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldGiveTheBitsOfAWorldOfThatShape(DataPath path) throws IOException {
        List<String> halves = Ranks.run(Topology.of(1, 1), group -> Workload.digest(group, 4, 20_000));
        List<String> whole = Ranks.run(FOUR, group -> Workload.digest(group, 4, 20_000));
        List<String> found = nodes.run(FOUR, path, Duration.ofSeconds(30), world -> {
            Handle inFlight = world.lane(1).allReduce(Floats.room(100_000));
            try (CommunicatorGroup half = world.subGroup(List.of(world.rank() % 2, world.rank() % 2 + 2))) {
                inFlight.await();
                String digests = Workload.digest(half, 4, 20_000);
                digests += Workload.digest(world, 4, 20_000);
                half.lane(0).barrier().await();
                return digests;
            }
        });

        for (int rank = 0; rank < 4; rank++) {
            assertThat(found.get(rank)).isEqualTo(halves.get(rank / 2) + whole.get(rank));
        }
    }

    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldFailForItself(DataPath path) throws IOException {
        List<String> expected = Ranks.run(FOUR, group -> Workload.digest(group, 2, 5000));
        List<String> found = nodes.run(FOUR, path, Duration.ofSeconds(30), world -> {
            CommunicatorGroup mirror = world.subGroup(List.of(0, 1, 2, 3));
            try (CommunicatorGroup part = world.subGroup(List.of(world.rank() % 2, world.rank() % 2 + 2))) {
                assertThatThrownBy(() -> part.lane(0)
                                .allReduce(Floats.room(9 + part.rank()))
                                .await())
                        .isInstanceOf(CollectiveException.class)
                        .hasMessageMatching("allReduce: rank . passed .. B, rank . passed .. B.*");
            }
            world.close();
            try (mirror) {
                return Workload.digest(mirror, 2, 5000);
            }
        });

        assertThat(found).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldNameWhoIsMissingWhenMembersDiffer(DataPath path) throws IOException {
        List<String> outcomes = nodes.run(Topology.of(2, 1), path, Duration.ofSeconds(10), world -> {
            List<Integer> members = world.rank() == 2 ? List.of(1, 2) : List.of(0, 1, 2);
            try {
                world.subGroup(members).close();
                return "formed";
            } catch (CollectiveException unmet) {
                return unmet.kind() + " " + unmet.getMessage();
            }
        });

        String hint = "; all members must name the same ranks";
        assertThat(outcomes.subList(0, 2))
                .containsOnly("RENDEZVOUS rendezvous: no word from ranks [2] of 3 within 10.0 s" + hint);
        assertThat(outcomes.get(2))
                .isEqualTo("RENDEZVOUS rendezvous: no word from ranks [0] of 2 within 10.0 s"
                        + " (this group: ranks [1, 2] of the world)" + hint);
    }
}
