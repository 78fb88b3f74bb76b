package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AeronIT {
    @RegisterExtension
    final AeronNodes nodes = new AeronNodes();

    static Stream<Topology> topologies() {
        return Stream.of(Topology.of(2), Topology.of(4), Topology.of(1, 1), Topology.of(2, 2), Topology.of(2, 1, 2));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldGiveTheSameBitsAsInMemory(Topology topology) throws IOException {
        List<String> inMemory = Ranks.run(topology, group -> Workload.digest(group, 6, 30_000));
        List<String> overAeron = nodes.run(topology, DataPath.AERON, group -> Workload.digest(group, 6, 30_000));
        List<String> overMemory =
                nodes.run(topology, DataPath.SHARED_MEMORY, group -> Workload.digest(group, 6, 30_000));

        assertThat(overAeron).isEqualTo(inMemory);
        assertThat(overMemory).isEqualTo(inMemory);
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldGiveTheSameBitsFromRegisteredBuffers(Topology topology) throws IOException {
        List<String> inMemory = Ranks.run(topology, group -> Workload.digest(group, 6, 30_000));
        List<String> inPlace = nodes.run(topology, DataPath.SHARED_MEMORY, group -> {
            try (RegisteredBuffer pool = group.allocate(Workload.POOL_BYTES)) {
                return Workload.digest(group, 6, 30_000, new Pool(pool));
            }
        });

        assertThat(inPlace).isEqualTo(inMemory);
    }

    @Test
    void shouldReadTheTermsOfASumWhereTheyAre() throws IOException {
        long part = 256 * 1024;
        List<Communicator.Traffic> traffic = nodes.run(Topology.of(2), DataPath.SHARED_MEMORY, group -> {
            try (RegisteredBuffer buffer = group.allocate(2 * part)) {
                group.lane(0).allReduce(buffer.segment()).await();
                group.lane(0).barrier().await();
            }
            return group.lane(0).traffic();
        });

        assertThat(traffic).allSatisfy(counts -> {
            assertThat(counts.receivedBytes()).as("terms, then sums").isEqualTo(2 * part);
            assertThat(counts.inPlaceBytes()).as("terms").isEqualTo(part);
        });
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldShowExpertsWhereTheyAre(Topology topology) throws IOException {
        int experts = 7;
        nodes.run(topology, DataPath.SHARED_MEMORY, group -> {
            for (SparsePlans.Shape shape : SparsePlans.Shape.values()) {
                long chunkBytes = Float.BYTES * (shape == SparsePlans.Shape.STAR ? 100 : 90_001);
                Placement wide = SparsePlans.randomWide(topology, experts, 0.7, new SplittableRandom(5));
                TransferPlan plan = SparsePlans.plan(topology, wide, shape);
                try (RegisteredBuffer room = group.allocate(experts * chunkBytes)) {
                    gatherInPlace(group.lane(1), plan, room.segment(), chunkBytes);
                    group.lane(1).barrier().await();
                }
            }
            return null;
        });
    }

    private static void gatherInPlace(Communicator lane, TransferPlan plan, MemorySegment room, long chunkBytes) {
        int experts = plan.wide().expertCount();
        MemorySegment[] chunks = new MemorySegment[experts];
        long viewed = 0;
        for (int e = 0; e < experts; e++) {
            boolean owned = plan.wide().owner(e) == lane.rank();
            if (lane.readsInPlace(plan, e)) {
                viewed++;
            } else if (plan.wide().holds(lane.rank(), e)) {
                chunks[e] = room.asSlice(e * chunkBytes, chunkBytes);
            }
            if (owned) {
                chunks[e].copyFrom(Floats.of(Floats.rough(e, (int) (chunkBytes / Float.BYTES))));
            }
        }
        long before = lane.traffic().inPlaceBytes();
        lane.sparseAllGatherInPlace(plan, chunks, chunkBytes).await();

        for (int e = 0; e < experts; e++) {
            if (plan.wide().holds(lane.rank(), e)) {
                assertThat(Floats.read(chunks[e])).isEqualTo(Floats.rough(e, (int) (chunkBytes / Float.BYTES)));
                assertThat(chunks[e].isReadOnly()).isEqualTo(lane.readsInPlace(plan, e));
            }
        }
        assertThat(lane.traffic().inPlaceBytes() - before).isEqualTo(viewed * chunkBytes);
    }

    @Test
    void shouldRefuseToShowPrivateMemory() throws IOException {
        Topology topology = Topology.of(2);
        TransferPlan plan = SparsePlans.plan(
                topology, Placement.ofOwners(new int[] {0}, 2).with(new int[][] {{1}}), SparsePlans.Shape.STAR);
        List<String> verdicts = nodes.run(topology, DataPath.SHARED_MEMORY, group -> {
            MemorySegment[] chunks = {group.rank() == 0 ? Floats.room(5000) : null};
            try {
                group.lane(1).sparseAllGatherInPlace(plan, chunks, 20_000).await();
                group.lane(1).barrier().await();
                return "done";
            } catch (CollectiveException verdict) {
                return verdict.getMessage();
            }
        });

        assertThat(verdicts)
                .containsOnly("sparseAllGather: rank 0 gave rank 1 bytes to be read in place, but they are not in"
                        + " registered memory");
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldTakeNoMoreSharedMemoryThanItSays(Topology topology) throws IOException {
        for (DataPath path : DataPath.values()) {
            List<Long> used = nodes.run(topology, path, group -> {
                Workload.digest(group, 6, 200_000);
                group.lane(0).barrier().await();
                long bytes = allocatedBytes(nodes.driver(topology.nodeOf(group.rank())));
                group.lane(0).barrier().await();
                return bytes;
            });
            for (int rank = 0; rank < used.size(); rank++) {
                int local = topology.rankCount(topology.nodeOf(rank));
                assertThat(used.get(rank))
                        .isLessThanOrEqualTo(NodeDriver.sharedMemoryBytes(local, used.size() - local, path));
            }
        }
    }

    /** What is really taken: logs are sparse until they are used. */
    private static long allocatedBytes(Path folder) throws IOException {
        Process du = new ProcessBuilder("du", "--summarize", "--block-size=1", folder.toString()).start();
        try (BufferedReader line = du.inputReader()) {
            return Long.parseLong(line.readLine().split("\\s+")[0]);
        }
    }

    /** One loan is at most 2^30 B; a longer message is lent in several. */
    @Test
    void shouldCarryMessagesLongerThanOneLoan() throws IOException {
        long bytes = (1L << 30) + 100_000;
        assumeThat(Files.getFileStore(nodes.directory()).getUsableSpace())
                .as("shared memory, in B")
                .isGreaterThan(4L << 30);
        List<Communicator.Traffic> traffic = nodes.run(Topology.of(2), DataPath.SHARED_MEMORY, group -> {
            try (RegisteredBuffer buffer = group.allocate(bytes)) {
                MemorySegment ends = buffer.segment().asSlice((1L << 30) - 8);
                if (group.rank() == 1) {
                    buffer.segment().set(ValueLayout.JAVA_LONG, 0, 1);
                    ends.setAtIndex(ValueLayout.JAVA_LONG, 0, 2);
                    ends.setAtIndex(ValueLayout.JAVA_LONG, 1, 3);
                    ends.setAtIndex(ValueLayout.JAVA_LONG, 12_500, 4);
                }
                group.lane(0).broadcast(buffer.segment(), 1).await();
                assertThat(buffer.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
                assertThat(ends.getAtIndex(ValueLayout.JAVA_LONG, 0)).isEqualTo(2);
                assertThat(ends.getAtIndex(ValueLayout.JAVA_LONG, 1)).isEqualTo(3);
                assertThat(ends.getAtIndex(ValueLayout.JAVA_LONG, 12_500)).isEqualTo(4);
            }
            return group.lane(0).traffic();
        });

        assertThat(traffic.get(0).receivedBytes()).isEqualTo(bytes);
    }

    /** Rooms one after the other in a registered buffer; every third is private memory, as a caller may mix them. */
    private static final class Pool implements LongFunction<MemorySegment> {
        private final SegmentAllocator registered;
        private int rooms;

        private Pool(RegisteredBuffer pool) {
            registered = SegmentAllocator.slicingAllocator(pool.segment());
        }

        @Override
        public MemorySegment apply(long bytes) {
            return rooms++ % 3 == 2 ? Floats.bytes(bytes) : registered.allocate(bytes, 4);
        }
    }

    @Test
    void shouldNameMissingRanksAtTheRendezvous() throws IOException {
        GroupConfig config = config(1, Duration.ofMillis(600));
        nodes.withDrivers(Topology.of(3), () -> {
            assertThatThrownBy(() -> AeronGroups.connect(config))
                    .isInstanceOfSatisfying(CollectiveException.class, e -> assertThat(e.kind())
                            .isEqualTo(CollectiveException.Kind.RENDEZVOUS))
                    .hasMessage("rendezvous: no word from ranks [0, 2] of 3 within 0.6 s");
            return null;
        });
    }

    @Test
    void shouldRefuseAnotherConfiguration() throws IOException {
        List<CollectiveException> refusals =
                nodes.refusals(3, _ -> DataPath.SHARED_MEMORY, rank -> rank == 2 ? 0xBL : 0xAL);

        assertThat(refusals).extracting(CollectiveException::kind).containsOnly(CollectiveException.Kind.MISMATCH);
        assertThat(refusals)
                .extracting(CollectiveException::getMessage)
                .containsOnly(
                        "rendezvous: rank 0 has configuration hash 000000000000000a, rank 2 has 000000000000000b");
    }

    @Test
    void shouldRefuseAnotherDataPath() throws IOException {
        List<CollectiveException> refusals = nodes.refusals(
                3, rank -> rank == 2 ? DataPath.AERON : DataPath.SHARED_MEMORY, _ -> AeronNodes.CONFIG_HASH);

        assertThat(refusals).extracting(CollectiveException::kind).containsOnly(CollectiveException.Kind.MISMATCH);
        assertThat(refusals)
                .extracting(CollectiveException::getMessage)
                .containsOnly("rendezvous: rank 0 moves data inside a node through shared memory, rank 2 over Aeron");
    }

    /** The others first touch what it shares when it has left. */
    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldNameAPeerThatLeftBeforeTheFirstOperation(DataPath path) throws IOException {
        List<String> outcomes = nodes.run(Topology.of(3), path, group -> {
            if (group.rank() == 2) {
                return "left";
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
            try {
                group.lane(0).barrier().await();
                return "done";
            } catch (CollectiveException verdict) {
                return verdict.kind() + " " + verdict.getMessage();
            }
        });

        assertThat(outcomes).containsExactly(outcomes.get(0), outcomes.get(0), "left");
        assertThat(outcomes.get(0)).startsWith("PEER_LOST barrier: rank 2 is lost (it left)");
    }

    @Test
    void shouldSayThatThereIsNoDriver() {
        GroupConfig config = config(0, Duration.ofMillis(300));

        assertThatThrownBy(() -> AeronGroups.connect(config))
                .isInstanceOf(CollectiveException.class)
                .hasMessage("rendezvous: no media driver in " + nodes.driver(0) + " within 0.3 s");
    }

    private GroupConfig config(int rank, Duration rendezvous) {
        return nodes.config(
                Topology.of(3), rank, List.of(), rendezvous, AeronNodes.CONFIG_HASH, DataPath.SHARED_MEMORY);
    }
}
