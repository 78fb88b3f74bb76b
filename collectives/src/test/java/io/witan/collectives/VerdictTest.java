package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.CollectiveException.Kind;
import io.witan.collectives.SparsePlans.Shape;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * When a collective fails, every rank throws the same error: from that operation, or from its next if it had its own part
 * of the failed one complete.
 */
class VerdictTest {
    private static final Topology THREE = Topology.of(3);
    /** A rank that does not run for half of it is taken for lost. */
    private static final Duration SHORT = Duration.ofSeconds(4);

    @Test
    void shouldNameBothSizesOfAnExchange() {
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(THREE), group -> {
            Communicator lane = group.lane(0);
            lane.mark(812, 3);
            long[] sends = {512, 512, 512};
            long[] receives = {512, 512, 512};
            if (lane.rank() == 2) {
                sends[0] = 640;
            }
            lane.allToAllV(Floats.bytes(2000), sends, Floats.bytes(2000), receives)
                    .await();
            lane.barrier().await();
            return null;
        });

        assertSame(
                verdicts,
                Kind.MISMATCH,
                2,
                "allToAllV step=812 layer=3: rank 2 announced 640 B for rank 0, which expects 512 B");
    }

    @Test
    void shouldNameAnUnexpectedMessageToARankThatExpectsNone() {
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(THREE), group -> {
            Communicator lane = group.lane(0);
            long[] none = {0, 0, 0};
            long[] sends = lane.rank() == 1 ? new long[] {0, 0, 8} : none;
            lane.allToAllV(Floats.bytes(8), sends, Floats.bytes(8), none).await();
            lane.barrier().await();
            return null;
        });

        assertSame(verdicts, Kind.MISMATCH, 1, "allToAllV: rank 1 announced 8 B for rank 2, which expects 0 B");
    }

    @Test
    void shouldNameDifferentOperations() {
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(Topology.of(2)), group -> {
            Communicator lane = group.lane(0);
            lane.mark(5, lane.rank());
            if (lane.rank() == 1) {
                lane.barrier().await();
            } else {
                lane.allReduce(Floats.room(100)).await();
            }
            return null;
        });

        assertThat(verdicts.getFirst().getMessage())
                .isIn(
                        "allReduce step=5 layer=0: rank 1 called barrier step=5 layer=1",
                        "barrier step=5 layer=1: rank 0 called allReduce step=5 layer=0");
        assertAlike(verdicts, Kind.MISMATCH);
    }

    @Test
    void shouldNameDifferentBufferLengths() {
        for (int floats : new int[] {10, 5000}) {
            List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(Topology.of(2)), group -> {
                group.lane(0).allReduce(Floats.room(floats + group.rank())).await();
                return null;
            });

            String zero = "rank 0 passed " + 4 * floats + " B";
            String one = "rank 1 passed " + (4 * floats + 4) + " B";
            assertThat(verdicts.getFirst().getMessage())
                    .isIn("allReduce: " + zero + ", " + one, "allReduce: " + one + ", " + zero);
            assertAlike(verdicts, Kind.MISMATCH);
        }
    }

    @Test
    void shouldNoticeDifferentRootsAndParts() {
        List<CollectiveException> roots = Ranks.verdicts(InMemoryNetwork.reliable(THREE), group -> {
            group.lane(0).broadcast(Floats.room(10), group.rank() == 2 ? 1 : 0).await();
            group.lane(0).barrier().await();
            return null;
        });
        List<CollectiveException> parts = Ranks.verdicts(InMemoryNetwork.reliable(THREE), group -> {
            long[] bytes = group.rank() == 1 ? new long[] {8, 4, 4} : new long[] {4, 4, 8};
            group.lane(0).reduceScatterV(Floats.room(4), Floats.room(2), bytes).await();
            group.lane(0).barrier().await();
            return null;
        });

        assertAlike(roots, Kind.MISMATCH);
        assertAlike(parts, Kind.MISMATCH);
    }

    @Test
    void shouldRefuseDifferentPlansBeforeAnyByteMoves() {
        Topology topology = Topology.of(2, 1);
        Placement wide = Placement.ofOwners(new int[] {0, 1, 2}, 3).with(new int[][] {{1, 2}, {0}, {0, 1}});
        Placement other = Placement.ofOwners(new int[] {0, 1, 2}, 3).with(new int[][] {{1, 2}, {2}, {0, 1}});
        MemorySegment[][] all = new MemorySegment[3][];
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(topology), group -> {
            int rank = group.rank();
            Placement mine = rank == 2 ? other : wide;
            all[rank] = new MemorySegment[] {Floats.room(4), Floats.room(4), Floats.room(4)};
            for (int e : mine.heldBy(rank)) {
                all[rank][e].fill((byte) (mine.owner(e) == rank ? 9 : 1));
            }
            group.lane(0)
                    .sparseAllGather(SparsePlans.plan(topology, mine, Shape.STAR), all[rank], 16)
                    .await();
            group.lane(0).barrier().await();
            return null;
        });

        assertAlike(verdicts, Kind.MISMATCH);
        assertThat(verdicts.getFirst().getMessage()).contains("has another transfer plan than rank", "plan hash");
        assertThat(Floats.read(all[2][0])).isEqualTo(Floats.read(filled((byte) 1)));
    }

    @Test
    void shouldNoticeARankThatSkipsAnOperation() {
        TransferPlan plan =
                SparsePlans.plan(THREE, Placement.ofOwners(new int[] {0}, 3).with(new int[][] {{1}}), Shape.STAR);
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(THREE), group -> {
            Communicator lane = group.lane(0);
            if (lane.rank() != 2) {
                lane.sparseAllGather(plan, new MemorySegment[] {Floats.room(3)}, 12)
                        .await();
            }
            lane.barrier().await();
            lane.barrier().await();
            return null;
        });

        assertAlike(verdicts, Kind.MISMATCH);
    }

    @Test
    void shouldNameTheRankThatDoesNotComeBeforeTheDeadline() throws Exception {
        CountDownLatch failed = new CountDownLatch(2);
        List<CollectiveException> verdicts =
                Ranks.verdicts(InMemoryNetwork.reliable(THREE).withDeadline(SHORT), group -> {
                    Communicator lane = group.lane(0);
                    lane.mark(7, -1);
                    if (lane.rank() == 1) {
                        failed.await();
                        lane.barrier().await();
                        return null;
                    }
                    try {
                        lane.allToAllV(Floats.bytes(300), new long[] {100, 100, 100}, Floats.bytes(300), new long[] {
                                    100, 100, 100
                                })
                                .await();
                    } finally {
                        failed.countDown();
                    }
                    return null;
                });

        assertThat(verdicts.getFirst().getMessage())
                .matches("allToAllV step=7: rank 1 sent none of 100 B to rank [02] after \\d+\\.\\d s");
        assertSame(verdicts, Kind.DEADLINE, 1, verdicts.getFirst().getMessage());
    }

    /** Rank 0 waits for rank 1, which passes on what comes over the network, and rank 1 for the root, which is at fault. */
    @Test
    void shouldNameTheRootOfABroadcastAndNotItsDeputy() {
        InMemoryNetwork network = InMemoryNetwork.reliable(Topology.of(2, 2)).withDeadline(SHORT);
        CountDownLatch failed = new CountDownLatch(3);
        List<CollectiveException> verdicts = Ranks.verdicts(network, group -> {
            if (group.rank() == 3) {
                failed.await();
                group.lane(0).barrier().await();
            }
            try {
                group.lane(0).broadcast(Floats.room(2000), 3).await();
            } finally {
                failed.countDown();
            }
            return null;
        });

        assertSame(verdicts, Kind.DEADLINE, 3, verdicts.getFirst().getMessage());
    }

    @Test
    void shouldFailAllRanksWhenDataVanishes() {
        FaultPlan plan = FaultPlan.seeded(3).withBlackhole(1, 5).withFrameBytes(64);
        List<CollectiveException> verdicts =
                Ranks.verdicts(InMemoryNetwork.faulty(THREE, plan).withDeadline(SHORT), group -> {
                    group.lane(0).allReduce(Floats.room(2000)).await();
                    group.lane(0).barrier().await();
                    return null;
                });

        assertSame(verdicts, Kind.DEADLINE, 1, verdicts.getFirst().getMessage());
        assertThat(verdicts.getFirst().getMessage())
                .matches("allReduce: rank 1 sent .* of 533[26] B to rank [02] after .*");
    }

    @Test
    void shouldTellSurvivorsThatARankClosed() {
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(THREE), group -> {
            group.lane(0).barrier().await();
            if (group.rank() != 2) {
                group.lane(0).barrier().await();
            }
            return null;
        });

        assertThat(verdicts.get(2)).isNull();
        assertThat(verdicts.getFirst().getMessage())
                .matches("barrier: rank 2 is lost \\(it left\\): rank 2 sent none of 0 B to rank [01]");
        assertSame(
                verdicts.subList(0, 2), Kind.PEER_LOST, 2, verdicts.getFirst().getMessage());
    }

    @Test
    void shouldFailWhatIsInFlightWhenClosed() {
        CountDownLatch isClosed = new CountDownLatch(1);
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(THREE), group -> {
            Communicator lane = group.lane(1);
            Handle handle = lane.allReduce(Floats.room(1000));
            if (group.rank() == 1) {
                handle = lane.allReduce(Floats.room(1000));
                lane.close();
                isClosed.countDown();
            } else {
                if (group.rank() == 0) {
                    isClosed.await();
                }
                lane.allReduce(Floats.room(1000)).await();
                lane.barrier().await();
            }
            handle.await();
            return null;
        });

        assertThat(verdicts.get(1).kind()).isEqualTo(Kind.CLOSED);
        assertThat(verdicts.get(0)).hasMessage(verdicts.get(2).getMessage());
        assertThat(verdicts.get(0).kind()).isEqualTo(Kind.PEER_LOST);
        assertThat(verdicts.get(0).rank()).isEqualTo(1);
    }

    @Test
    void shouldFailLaterOperationsWithTheSameVerdict() {
        Ranks.run(InMemoryNetwork.reliable(Topology.of(2)), group -> {
            Communicator lane = group.lane(0);
            String first = message(lane.allReduce(Floats.room(8 + lane.rank())));
            assertThat(message(lane.barrier())).isEqualTo(first);
            assertThat(message(group.lane(1).barrier())).isEqualTo(first);
            return null;
        });
    }

    @Test
    void shouldTellPeersWhenABufferDisappears() {
        CountDownLatch isClosed = new CountDownLatch(1);
        List<CollectiveException> verdicts = Ranks.verdicts(InMemoryNetwork.reliable(Topology.of(2)), group -> {
            Communicator lane = group.lane(0);
            if (lane.rank() == 0) {
                Handle handle;
                try (Arena arena = Arena.ofShared()) {
                    handle = lane.allReduce(arena.allocate(400_000));
                }
                isClosed.countDown();
                handle.await();
            } else {
                isClosed.await();
                lane.allReduce(Floats.room(100_000)).await();
                lane.barrier().await();
            }
            return null;
        });

        assertSame(verdicts, Kind.TRANSPORT, 0, "allReduce: rank 0: Already closed");
    }

    @Test
    void shouldRefuseArgumentsThatMakeNoSense() {
        try (CommunicatorGroup group = CommunicatorGroup.solo();
                Arena confined = Arena.ofConfined()) {
            Communicator lane = group.lane(0);
            assertThatThrownBy(() -> lane.allReduce(Floats.bytes(6))).hasMessageContaining("6 B");
            assertThatThrownBy(() -> lane.allReduce(confined.allocate(8))).hasMessageContaining("confined arena");
            assertThatThrownBy(() -> lane.allReduce(Floats.room(1).asReadOnly()))
                    .hasMessageContaining("read-only");
            assertThatThrownBy(() -> lane.broadcast(Floats.room(1), 1)).hasMessageContaining("root 1");
            assertThatThrownBy(() -> lane.allGather(Floats.bytes(3), Floats.bytes(4)))
                    .hasMessageContaining("4 B");
            assertThatThrownBy(() -> lane.allGatherV(Floats.bytes(3), Floats.bytes(4), new long[2]))
                    .hasMessageContaining("2 lengths for 1 ranks");
            assertThatThrownBy(() -> lane.allToAllV(Floats.bytes(3), new long[] {4}, Floats.bytes(4), new long[] {4}))
                    .hasMessageContaining("3 B");
            Parts tail = new Parts(new long[] {2}, new long[] {2});
            assertThatThrownBy(() -> lane.allToAllV(Floats.bytes(4), tail, Floats.bytes(3), tail))
                    .hasMessage("recvParts: part 0 is 2 B at 2 of a buffer of 3 B");
            MemorySegment room = Floats.bytes(16);
            assertThatThrownBy(() -> lane.allReduce(room.asSlice(0, 8), room.asSlice(4, 8), ElementType.FP32))
                    .hasMessage("send and recv overlap where this operation does not allow it");
            assertThatThrownBy(() -> lane.allGather(room.asSlice(4, 8), room.asSlice(0, 8)))
                    .hasMessageContaining("overlap");
            assertThatThrownBy(() ->
                            lane.allToAllV(room.asSlice(0, 8), new long[] {8}, room.asSlice(0, 8), new long[] {8}))
                    .hasMessageContaining("overlap");
            assertThatThrownBy(() -> lane.reduceScatterV(
                            room.asSlice(0, 8), room.asSlice(4, 8), new long[] {8}, ElementType.FP32))
                    .hasMessageContaining("overlap");
            assertThatThrownBy(() -> group.lane(4)).hasMessageContaining("lane 4");
        }
    }

    @Test
    void shouldRefusePlansWhoseHopsDoNotFit() {
        try (CommunicatorGroup group = CommunicatorGroup.solo()) {
            Placement wide = SparsePlans.randomWide(THREE, 4, 1, new SplittableRandom(1));
            TransferPlan whole = SparsePlans.plan(THREE, wide, Shape.STAR);
            TransferPlan foreign = SparsePlans.plan(THREE, wide, Shape.CHAIN);
            MemorySegment[] chunks = {Floats.room(1), Floats.room(1), Floats.room(1), Floats.room(1)};

            assertThatThrownBy(() -> group.lane(0).sparseAllGather(foreign, chunks, 4))
                    .hasMessageContaining("communicator has");
            InMemoryNetwork network = InMemoryNetwork.reliable(THREE);
            try (CommunicatorGroup rank = network.connect(0)) {
                TransferPlan short1 = new TransferPlan(
                        THREE,
                        whole.narrow(),
                        wide,
                        List.of(),
                        whole.intraNode().subList(1, 8));
                assertThatThrownBy(() -> rank.lane(0).sparseAllGather(short1, chunks, 4))
                        .hasMessageContaining("none brings chunk 0 to rank ");
                TransferPlan misfiled = new TransferPlan(THREE, whole.narrow(), wide, whole.intraNode(), List.of());
                assertThatThrownBy(() -> rank.lane(0).sparseAllGather(misfiled, chunks, 4))
                        .hasMessageContaining("an inter-node hop stays on one node");
                assertThatThrownBy(() -> rank.lane(0).sparseAllGather(whole, new MemorySegment[4], 4))
                        .hasMessageContaining("buffer of chunk 0 on rank 0: none");
            }
        }
    }

    private static MemorySegment filled(byte value) {
        return Floats.room(4).fill(value);
    }

    private static String message(Handle handle) {
        try {
            handle.await();
            return "no error";
        } catch (CollectiveException verdict) {
            return verdict.getMessage();
        }
    }

    private static void assertAlike(List<CollectiveException> verdicts, Kind kind) {
        assertThat(verdicts).doesNotContainNull();
        assertSame(
                verdicts, kind, verdicts.getFirst().rank(), verdicts.getFirst().getMessage());
    }

    private static void assertSame(List<CollectiveException> verdicts, Kind kind, int rank, String message) {
        assertThat(verdicts).doesNotContainNull();
        assertThat(verdicts).allSatisfy(verdict -> {
            assertThat(verdict).hasMessage(message);
            assertThat(verdict.kind()).isEqualTo(kind);
            assertThat(verdict.rank()).isEqualTo(rank);
        });
    }
}
