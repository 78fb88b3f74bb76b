package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DenseOperationsTest {
    static Stream<Topology> topologies() {
        return Stream.of(
                Topology.of(1),
                Topology.of(2),
                Topology.of(1, 1),
                Topology.of(3),
                Topology.of(2, 2),
                Topology.of(1, 3),
                Topology.of(3, 1, 3),
                Topology.of(1, 1, 1),
                Topology.of(1, 2, 1, 3),
                Topology.of(4, 4, 4));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldSumNodesAndThenTheirSums(Topology topology) {
        for (int count : new int[] {0, 1, 5, 1000, 1029, 70_001}) {
            Ranks.run(topology, group -> {
                Communicator lane = group.lane(0);
                MemorySegment buffer = Floats.of(Floats.rough(lane.rank(), count));
                lane.allReduce(buffer).await();

                assertThat(Floats.read(buffer)).isEqualTo(sumOverRanks(topology, count));
                MemorySegment send = Floats.of(Floats.rough(lane.rank(), count));
                MemorySegment recv = Floats.room(count);
                lane.allReduce(send, recv, ElementType.FP32).await();
                assertThat(Floats.read(recv)).isEqualTo(Floats.read(buffer));
                assertThat(Floats.read(send)).isEqualTo(Floats.rough(lane.rank(), count));
                return null;
            });
        }
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldReduceToTheRootOnly(Topology topology) {
        for (int count : new int[] {0, 3, 1000, 30_001}) {
            Ranks.run(topology, group -> {
                Communicator lane = group.lane(0);
                for (int root = 0; root < topology.rankCount(); root++) {
                    MemorySegment buffer = Floats.of(Floats.rough(lane.rank(), count));
                    lane.reduce(buffer, root, ElementType.FP32).await();

                    assertThat(Floats.read(buffer))
                            .isEqualTo(
                                    lane.rank() == root
                                            ? sumOverRanks(topology, count)
                                            : Floats.rough(lane.rank(), count));
                }
                return null;
            });
        }
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldSumBfloat16InFp32AndRoundOnce(Topology topology) {
        for (int count : new int[] {1, 1000, 4099, 70_001}) {
            Ranks.run(topology, group -> {
                Communicator lane = group.lane(0);
                MemorySegment buffer = Bfloats.of(Floats.rough(lane.rank(), count));
                lane.allReduce(buffer, buffer, ElementType.BF16).await();

                assertThat(Bfloats.read(buffer)).isEqualTo(sumOfBfloats(topology, count));
                return null;
            });
        }
    }

    /** Each node's sum is rounded, and theirs. */
    private static float[] sumOfBfloats(Topology topology, int count) {
        return Floats.sumByNode(
                topology, r -> Bfloats.read(Bfloats.of(Floats.rough(r, count))), sum -> Bfloats.read(Bfloats.of(sum)));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldBroadcastFromEveryRoot(Topology topology) {
        for (int count : new int[] {0, 5, 40_001}) {
            Ranks.run(topology, group -> {
                Communicator lane = group.lane(1);
                for (int root = 0; root < topology.rankCount(); root++) {
                    float[] values = Floats.rough(77 + root, count);
                    MemorySegment buffer = lane.rank() == root ? Floats.of(values) : Floats.room(values.length);
                    lane.broadcast(buffer, root).await();

                    assertThat(Floats.read(buffer)).isEqualTo(values);
                }
                return null;
            });
        }
    }

    @Test
    void shouldShareOutWhatTheNetworkOfTheRootWouldCarryForEachNode() {
        Topology topology = Topology.of(1, 1, 1, 1);
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(0);
            // Two buffers are spared: 64 KiB of them are worth a hop.
            for (int count : new int[] {8191, 8192}) {
                long bytes = 4L * count;
                long most = count == 8192 ? bytes : 3 * bytes;
                MemorySegment buffer = Floats.of(Floats.rough(lane.rank(), count));
                Communicator.Traffic before = lane.traffic();
                lane.broadcast(buffer, 1).await();
                Communicator.Traffic between = lane.traffic();
                lane.reduce(buffer, 1, ElementType.FP32).await();
                Communicator.Traffic after = lane.traffic();

                if (lane.rank() == 1) {
                    assertThat(between.sentBytes() - before.sentBytes()).isEqualTo(most);
                    assertThat(after.receivedBytes() - between.receivedBytes()).isEqualTo(most);
                } else {
                    assertThat(between.receivedBytes() - before.receivedBytes()).isEqualTo(bytes);
                    assertThat(after.sentBytes() - between.sentBytes()).isEqualTo(bytes);
                }
            }
            return null;
        });
    }

    @Test
    void shouldSumEverywhereOnlyWhatIsLittleBetweenNodes() {
        Topology topology = Topology.of(4, 4, 4);
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(0);
            // 4 ranks send to 8 others: 2 KiB each are 64 KiB out of the node.
            for (int count : new int[] {512, 513}) {
                Communicator.Traffic before = lane.traffic();
                lane.allReduce(Floats.room(count)).await();
                long received = lane.traffic().receivedBytes() - before.receivedBytes();

                if (count == 512) {
                    assertThat(received).isEqualTo(11L * 4 * count);
                } else {
                    assertThat(received).isLessThan(3L * 4 * count);
                }
            }
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldShareOutRootedOperationsOverAFaultyNetwork(long seed) {
        Topology topology = Topology.of(1, 2, 1, 2);
        FaultPlan plan = FaultPlan.seeded(seed)
                .unreliable(0.2, 3, 0.2, 0.2)
                .withFrameBytes(2048)
                .withSlowConsumer(2, 3);
        int count = 20_003;
        Ranks.run(InMemoryNetwork.faulty(topology, plan), group -> {
            Communicator lane = group.lane(0);
            for (int root = 0; root < topology.rankCount(); root++) {
                MemorySegment buffer = Floats.of(Floats.rough(lane.rank(), count));
                lane.reduce(buffer, root, ElementType.FP32).await();
                lane.broadcast(buffer, root).await();

                assertThat(Floats.read(buffer)).isEqualTo(sumOverRanks(topology, count));
            }
            return null;
        });
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldGatherPartsInRankOrder(Topology topology) {
        int size = topology.rankCount();
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(0);
            MemorySegment recv = Floats.room(17L * size);
            MemorySegment own = recv.asSlice(17L * Float.BYTES * lane.rank(), 17L * Float.BYTES);
            own.copyFrom(Floats.of(Floats.rough(lane.rank(), 17)));
            lane.allGather(own, recv).await();

            MemorySegment again = Floats.room(17L * size);
            lane.allGather(Floats.of(Floats.rough(lane.rank(), 17)), again).await();
            for (int peer = 0; peer < size; peer++) {
                float[] part = Floats.read(recv.asSlice(17L * Float.BYTES * peer, 17L * Float.BYTES));
                assertThat(part).isEqualTo(Floats.rough(peer, 17));
            }
            assertThat(Floats.read(again)).isEqualTo(Floats.read(recv));
            return null;
        });
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldGatherAndReduceUnevenParts(Topology topology) {
        int size = topology.rankCount();
        long[] bytes = new long[size];
        for (int r = 0; r < size; r++) {
            bytes[r] = r == 1 ? 0 : 4L * (1 + 37 * r);
        }
        int total = (int) (Arrays.stream(bytes).sum() / Float.BYTES);
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(0);
            int rank = lane.rank();
            MemorySegment part = Floats.room(bytes[rank] / Float.BYTES);
            lane.reduceScatterV(Floats.of(Floats.rough(rank, total)), part, bytes)
                    .await();
            MemorySegment all = Floats.room(total);
            lane.allGatherV(part, all, bytes).await();

            assertThat(Floats.read(all)).isEqualTo(sumOverRanks(topology, total));
            return null;
        });
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldExchangePartsOfAnyLength(Topology topology) {
        int size = topology.rankCount();
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(0);
            int rank = lane.rank();
            long[] sendBytes = new long[size];
            long[] recvBytes = new long[size];
            for (int peer = 0; peer < size; peer++) {
                sendBytes[peer] = partBytes(rank, peer);
                recvBytes[peer] = partBytes(peer, rank);
            }
            MemorySegment send = Floats.bytes(Arrays.stream(sendBytes).sum());
            MemorySegment recv = Floats.bytes(Arrays.stream(recvBytes).sum());
            fillParts(send, sendBytes, peer -> 31 * rank + peer);
            MemorySegment expected = Floats.bytes(recv.byteSize());
            fillParts(expected, recvBytes, peer -> 31 * peer + rank);
            lane.allToAllV(send, sendBytes, recv, recvBytes).await();

            assertThat(recv.mismatch(expected)).isEqualTo(-1);
            long others = Arrays.stream(sendBytes).sum() - sendBytes[rank];
            assertThat(lane.traffic().allToAllBytes()).isEqualTo(others);
            long outside = IntStream.range(0, sendBytes.length)
                    .filter(peer -> !lane.topology().sameNode(rank, peer))
                    .mapToLong(peer -> sendBytes[peer])
                    .sum();
            assertThat(lane.traffic().betweenNodesBytes()).isEqualTo(outside);
            assertThat(lane.traffic().sentBytes()).isEqualTo(others);
            return null;
        });
    }

    /** In two exchanges, each of half of every part, with a gap before each part. */
    @ParameterizedTest
    @MethodSource("topologies")
    void shouldExchangePartsThatLieApart(Topology topology) {
        int size = topology.rankCount();
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(0);
            int rank = lane.rank();
            long[][] sent = new long[2][size];
            long[][] received = new long[2][size];
            long[][] sentAt = new long[2][size];
            long[][] receivedAt = new long[2][size];
            long leaving = 0;
            long arriving = 0;
            for (int peer = 0; peer < size; peer++) {
                for (int half = 0; half < 2; half++) {
                    sent[half][peer] = (partBytes(rank, peer) + half) / 2;
                    received[half][peer] = (partBytes(peer, rank) + half) / 2;
                    sentAt[half][peer] = leaving + 3;
                    receivedAt[half][peer] = arriving + 5;
                    leaving += 3 + sent[half][peer];
                    arriving += 5 + received[half][peer];
                }
            }
            MemorySegment send = Floats.bytes(leaving);
            MemorySegment recv = Floats.bytes(arriving).fill((byte) -1);
            MemorySegment expected = Floats.bytes(arriving).fill((byte) -1);
            for (int peer = 0; peer < size; peer++) {
                for (int half = 0; half < 2; half++) {
                    send.asSlice(sentAt[half][peer], sent[half][peer]).fill((byte) (62 * rank + 2 * peer + half));
                    expected.asSlice(receivedAt[half][peer], received[half][peer])
                            .fill((byte) (62 * peer + 2 * rank + half));
                }
            }
            Handle first =
                    lane.allToAllV(send, new Parts(sentAt[0], sent[0]), recv, new Parts(receivedAt[0], received[0]));
            lane.allToAllV(send, new Parts(sentAt[1], sent[1]), recv, new Parts(receivedAt[1], received[1]))
                    .await();

            assertThat(first.isDone()).isTrue();
            assertThat(recv.mismatch(expected)).isEqualTo(-1);
            return null;
        });
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldPassBarriersTogether(Topology topology) {
        var arrived = new java.util.concurrent.atomic.AtomicInteger();
        Ranks.run(topology, group -> {
            for (int round = 1; round <= 20; round++) {
                arrived.incrementAndGet();
                group.lane(0).barrier().await();
                assertThat(arrived.get()).isGreaterThanOrEqualTo(round * topology.rankCount());
                group.lane(0).barrier().await();
            }
            return null;
        });
    }

    private static long partBytes(int source, int target) {
        return source == 1 || (source + target) % 3 == 0 ? 0 : 1 + 4099L * source + 13L * target;
    }

    private static void fillParts(MemorySegment buffer, long[] bytes, java.util.function.IntUnaryOperator seed) {
        long at = 0;
        for (int peer = 0; peer < bytes.length; peer++) {
            for (long i = 0; i < bytes[peer]; i++) {
                byte value = (byte) (seed.applyAsInt(peer) * 7 + i * 11);
                buffer.set(java.lang.foreign.ValueLayout.JAVA_BYTE, at++, value);
            }
        }
    }

    private static float[] sumOverRanks(Topology topology, int count) {
        return Floats.sumByNode(topology, r -> Floats.rough(r, count), sum -> sum);
    }
}
