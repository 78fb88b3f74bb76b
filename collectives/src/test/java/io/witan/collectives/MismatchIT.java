package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.CollectiveException.Kind;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that differ between ranks, and memory that is not what it says: one error on all ranks, nothing applied. */
@Timeout(120)
class MismatchIT {
    private static final int BYTES = 64 * 1024;
    private static final byte UNTOUCHED = 77;

    @RegisterExtension
    final AeronNodes nodes = new AeronNodes();

    /** What rank 0 or 1 calls, to receive into that memory. */
    @FunctionalInterface
    private interface Call {
        Handle on(Communicator lane, MemorySegment send, MemorySegment recv);
    }

    private static final List<Call> CALLS = List.of(
            // another operation
            (lane, send, recv) ->
                    lane.rank() == 0 ? lane.allReduce(send, recv, ElementType.FP32) : lane.broadcast(send, 1),
            // another length
            (lane, send, recv) -> lane.allReduce(send.asSlice(0, BYTES - 4L * lane.rank()), recv, ElementType.FP32),
            // another element type
            (lane, send, recv) -> lane.allReduce(send, recv, lane.rank() == 0 ? ElementType.FP32 : ElementType.BF16),
            // other parts of the same total
            (lane, send, recv) -> lane.reduceScatterV(
                    send, recv, lane.rank() == 0 ? new long[] {BYTES / 2, BYTES / 2} : new long[] {BYTES, 0}),
            // another root
            (lane, send, recv) -> lane.broadcast(lane.rank() == 0 ? recv : send, 1 - lane.rank()),
            // another plan
            (lane, send, recv) ->
                    lane.sparseAllGather(plan(lane.topology(), lane.rank()), new MemorySegment[] {send, recv}, BYTES));

    @ParameterizedTest
    @CsvSource({"2, SHARED_MEMORY", "2, AERON", "1 1, SHARED_MEMORY", "1 1, AERON"})
    void shouldFailAlikeAndApplyNothing(String shape, DataPath path) throws IOException {
        Topology topology = shape.equals("2") ? Topology.of(2) : Topology.of(1, 1);
        List<List<CollectiveException>> verdicts = nodes.run(topology, path, world -> {
            List<CollectiveException> found = new ArrayList<>();
            for (Call call : CALLS) {
                try (CommunicatorGroup group = world.subGroup(List.of(0, 1))) {
                    found.add(verdict(group, call));
                }
            }
            return found;
        });

        for (int call = 0; call < CALLS.size(); call++) {
            assertThat(verdicts.get(0).get(call).kind()).as("call %d", call).isEqualTo(Kind.MISMATCH);
            assertThat(verdicts.get(0).get(call))
                    .hasMessage(verdicts.get(1).get(call).getMessage());
        }
    }

    private static CollectiveException verdict(CommunicatorGroup group, Call call) {
        try (RegisteredBuffer send = group.allocate(BYTES);
                RegisteredBuffer recv = group.allocate(BYTES)) {
            send.segment().fill((byte) 1);
            recv.segment().fill(UNTOUCHED);
            try {
                call.on(group.lane(0), send.segment(), recv.segment()).await();
                group.lane(0).barrier().await();
                throw new AssertionError("no error on rank " + group.rank());
            } catch (CollectiveException verdict) {
                if (group.rank() == 0) {
                    assertThat(recv.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(UNTOUCHED);
                }
                return verdict;
            }
        }
    }

    /** Rank 0 thinks that it receives chunk 1 of rank 1, which knows nothing of it. */
    private static TransferPlan plan(Topology topology, int rank) {
        Placement narrow = Placement.ofOwners(new int[] {0, 1}, 2);
        return SparsePlans.plan(
                topology,
                narrow.with(new int[][] {{1}, rank == 0 ? new int[] {0} : new int[] {}}),
                SparsePlans.Shape.STAR);
    }

    @Test
    void shouldNameARankWhoseRegionIsShorterThanWhatItLends() throws IOException {
        assertDamage(
                group -> {
                    MemorySegment buffer = group.allocate(BYTES).segment();
                    if (group.rank() == 2) {
                        for (Path region : filesOf("region-2-0")) {
                            try (RandomAccessFile file = new RandomAccessFile(region.toFile(), "rw")) {
                                file.setLength(4096);
                            }
                        }
                    }
                    group.lane(0).broadcast(buffer, 2).await();
                    group.lane(0).barrier().await();
                    return null;
                },
                "broadcast: rank [01]: rank 2 lends \\d+ B at 0 of a region of 4096 B");
    }

    private void assertDamage(Ranks.Work<Void> work, String message) throws IOException {
        // A rank that still meets the others would get the verdict from there.
        CyclicBarrier met = new CyclicBarrier(3);
        List<CollectiveException> verdicts = nodes.run(Topology.of(3), DataPath.SHARED_MEMORY, group -> {
            met.await(AeronNodes.DEADLINE.toSeconds(), TimeUnit.SECONDS);
            try {
                work.on(group);
                throw new AssertionError("no error on rank " + group.rank());
            } catch (CollectiveException verdict) {
                return verdict;
            }
        });
        assertThat(verdicts).extracting(CollectiveException::kind).containsOnly(Kind.TRANSPORT);
        assertThat(verdicts).extracting(CollectiveException::rank).containsOnly(2);
        assertThat(verdicts.getFirst().getMessage()).matches(message);
        assertThat(verdicts)
                .extracting(CollectiveException::getMessage)
                .containsOnly(verdicts.getFirst().getMessage());
    }

    private List<Path> filesOf(String name) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(nodes.driver(0).resolve("memory"), "*-" + name)) {
            files.forEach(found::add);
        }
        assertThat(found).hasSize(1);
        return found;
    }
}
