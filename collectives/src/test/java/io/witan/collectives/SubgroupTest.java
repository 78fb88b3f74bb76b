package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.CollectiveException.Kind;
import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Groups of some ranks of a group, in memory. */
class SubgroupTest {
    private static final Topology THREE = Topology.of(3);
    private static final Topology FOUR = Topology.of(2, 2);
    private static final Duration SHORT = Duration.ofSeconds(2);

    @Test
    void shouldGiveTheBitsOfAWorldOfThatShape() {
        List<String> expected = Ranks.run(Topology.of(1, 2), group -> Workload.digest(group, 4, 700));
        List<String> found = Ranks.run(FOUR, world -> {
            if (world.rank() == 1) {
                return "not a member";
            }
            try (CommunicatorGroup part = world.subGroup(List.of(3, 0, 2))) {
                assertThat(part.topology()).isEqualTo(Topology.of(1, 2));
                assertThat(part.worldRanks()).containsExactly(0, 2, 3);
                return Workload.digest(part, 4, 700);
            }
        });

        assertThat(found).containsExactly(expected.get(0), "not a member", expected.get(1), expected.get(2));
    }

    @Test
    void shouldFormThroughAnUnreliableNetwork() {
        FaultPlan plan = FaultPlan.seeded(5).unreliable(0.3, 3, 0.3, 0.3);
        List<String> expected = Ranks.run(Topology.of(2), group -> Workload.digest(group, 2, 200));
        List<String> found = Ranks.run(InMemoryNetwork.faulty(FOUR, plan), world -> {
            try (CommunicatorGroup node =
                    world.split(world.topology().nodeOf(world.rank())).orElseThrow()) {
                return Workload.digest(node, 2, 200);
            }
        });

        assertThat(found).containsExactly(expected.get(0), expected.get(1), expected.get(0), expected.get(1));
    }

    @Test
    void shouldSplitByColorAndLeaveOutWhoHasNone() {
        List<List<Integer>> parts = Ranks.run(Topology.of(5), world -> {
            int color = world.rank() == 2 ? -1 : world.rank() % 2;
            Optional<CommunicatorGroup> part = world.split(color);
            part.ifPresent(CommunicatorGroup::close);
            return part.map(CommunicatorGroup::worldRanks).orElse(List.of());
        });

        assertThat(parts).containsExactly(List.of(0, 4), List.of(1, 3), List.of(), List.of(1, 3), List.of(0, 4));
    }

    @Test
    void shouldSurviveAFailureOfTheOther() {
        Ranks.run(FOUR, world -> {
            try (CommunicatorGroup first = world.subGroup(pairOf(world.rank()));
                    CommunicatorGroup second = world.subGroup(pairOf(world.rank()))) {
                fail(first);
                Workload.digest(second, 2, 100);
                Workload.digest(world, 2, 100);
                fail(world);
                return Workload.digest(second, 2, 100);
            }
        });
    }

    @Test
    void shouldOutliveItsParent() {
        List<String> expected = Ranks.run(Topology.of(2), group -> Workload.digest(group, 2, 100));
        List<String> found = Ranks.run(Topology.of(2), world -> {
            CommunicatorGroup part = world.subGroup(List.of(0, 1));
            world.close();
            try (CommunicatorGroup inner = part.subGroup(List.of(0, 1))) {
                part.close();
                return Workload.digest(inner, 2, 100);
            }
        });

        assertThat(found).isEqualTo(expected);
    }

    @Test
    void shouldNameRanksOfTheGroupAndOfTheWorld() {
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(FOUR), world -> {
            if (world.rank() == 1 || world.rank() == 3) {
                try (CommunicatorGroup part = world.subGroup(List.of(1, 3))) {
                    part.lane(0).broadcast(Floats.room(10 + part.rank()), 0).await();
                }
            }
            return null;
        });

        assertThat(verdicts.get(0)).isNull();
        assertThat(verdicts.get(3)).hasMessage(verdicts.get(1).getMessage());
        assertThat(verdicts.get(1).getMessage())
                .startsWith("broadcast: rank ")
                .endsWith(" (this group: ranks [1, 3] of the world)");
        assertThat(verdicts.get(1).worldRank())
                .isEqualTo(List.of(1, 3).get(verdicts.get(1).rank()));
    }

    @Test
    void shouldRefuseMembersThatMakeNoSense() {
        Ranks.run(THREE, world -> {
            if (world.rank() == 1) {
                assertThatThrownBy(() -> world.subGroup(List.of(1, 3)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("rank 3 is not in 0..2");
                assertThatThrownBy(() -> world.subGroup(List.of(1, -1))).hasMessage("rank -1 is not in 0..2");
                assertThatThrownBy(() -> world.subGroup(List.of(2, 1, 2)))
                        .hasMessage("rank 2 is named twice in [2, 1, 2]");
                assertThatThrownBy(() -> world.subGroup(List.of(0, 2)))
                        .hasMessage("rank 1 is not among the members [0, 2]: only members form a group");
                assertThatThrownBy(() -> world.subGroup(List.of())).hasMessageContaining("not among the members []");
                assertThatThrownBy(() -> world.split(-2)).hasMessageContaining("color -2");
                assertThatThrownBy(() -> world.shrink(1)).hasMessage("rank 1 cannot go on without itself");
                assertThatThrownBy(() -> world.shrink(-1)).hasMessage("rank -1 is not in 0..2");
            }
            world.lane(0).barrier().await();
            return null;
        });
    }

    @Test
    void shouldNameWhoIsMissingWhenMembersDiffer() {
        List<CollectiveException> verdicts =
                Ranks.verdicts(InMemoryNetwork.reliable(THREE).withDeadline(SHORT), world -> {
                    List<Integer> members = world.rank() == 2 ? List.of(1, 2) : List.of(0, 1, 2);
                    world.subGroup(members).close();
                    return null;
                });

        assertThat(verdicts).extracting(CollectiveException::kind).containsOnly(Kind.RENDEZVOUS);
        assertThat(verdicts.get(0))
                .hasMessage(
                        "rendezvous: no word from ranks [2] of 3 within 2.0 s; all members must name the same ranks");
        assertThat(verdicts.get(2))
                .hasMessage(
                        "rendezvous: no word from ranks [0] of 2 within 2.0 s (this group: ranks [1, 2] of the world)"
                                + "; all members must name the same ranks");
        assertThat(verdicts.get(2).worldRank()).isEqualTo(1);
    }

    @Test
    void shouldFormAfterAnAttemptThatFailed() {
        CountDownLatch failed = new CountDownLatch(1);
        Ranks.run(InMemoryNetwork.reliable(THREE).withDeadline(SHORT), world -> {
            List<Integer> pair = List.of(0, 1);
            if (world.rank() == 0) {
                assertThatThrownBy(() -> world.subGroup(pair)).hasMessageContaining("no word from ranks [1]");
                failed.countDown();
            }
            failed.await();
            if (world.rank() < 2) {
                world.subGroup(pair).close();
            }
            return null;
        });
    }

    @Test
    void shouldGoOnWithoutARankThatDied() {
        List<String> expected = Ranks.run(Topology.of(1, 1), group -> Workload.digest(group, 2, 300));
        FaultPlan plan = FaultPlan.seeded(9).withDeath(1, 20);
        List<String> found = Ranks.run(
                InMemoryNetwork.faulty(Topology.of(2, 1), plan).withDeadline(Duration.ofSeconds(4)), world -> {
                    try {
                        return Workload.digest(world, 2, 300);
                    } catch (CollectiveException verdict) {
                        if (world.rank() == 1) {
                            return "dead";
                        }
                        assertThat(verdict.rank()).isEqualTo(1);
                        try (CommunicatorGroup survivors = world.shrink(verdict.rank())) {
                            assertThat(survivors.worldRanks()).containsExactly(0, 2);
                            return Workload.digest(survivors, 2, 300);
                        }
                    }
                });

        assertThat(found).containsExactly(expected.get(0), "dead", expected.get(1));
    }

    @Test
    void shouldGoOnAlone() {
        Ranks.run(Topology.of(2), world -> {
            try (CommunicatorGroup alone = world.subGroup(List.of(world.rank()))) {
                alone.lane(0).allReduce(Floats.room(10)).await();
                alone.shrink().close();
                assertThat(alone.rank()).isZero();
            }
            return null;
        });
        try (CommunicatorGroup solo = CommunicatorGroup.solo()) {
            solo.split(7).orElseThrow().close();
        }
    }

    private static List<Integer> pairOf(int rank) {
        return rank < 2 ? List.of(0, 1) : List.of(2, 3);
    }

    private static void fail(CommunicatorGroup group) {
        assertThatThrownBy(() -> {
                    group.lane(0).allReduce(Floats.room(1 + group.rank())).await();
                    group.lane(0).barrier().await();
                })
                .isInstanceOf(CollectiveException.class);
    }
}
