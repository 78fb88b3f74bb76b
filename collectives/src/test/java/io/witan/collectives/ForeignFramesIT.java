package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody else writes to a rank's port: it is dropped and counted, and the bytes stay right. */
@Timeout(90)
class ForeignFramesIT {
    private static final Topology TOPOLOGY = Topology.of(1, 1);
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final int DATA_STREAM = 1002;
    private static final int FOREIGN = 200;

    @Test
    void shouldDropGarbageAndOtherRuns() throws Exception {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        List<String> endpoints = AeronNodes.endpoints(2);
        List<String> expected = Ranks.run(TOPOLOGY, group -> Workload.digest(group, 3, 2000));
        try (NodeDriver first = NodeDriver.start(parent.resolve("a"), DEADLINE);
                NodeDriver second = NodeDriver.start(parent.resolve("b"), DEADLINE)) {
            List<Path> directories = List.of(first.directory(), second.directory());
            List<String> found = Ranks.run(
                    2,
                    rank -> AeronGroups.connect(new GroupConfig(
                            7, rank, TOPOLOGY, directories.get(rank), endpoints, DEADLINE, DEADLINE, 1)),
                    group -> {
                        if (group.rank() == 1) {
                            disturb(second.directory(), endpoints.getFirst());
                        }
                        group.lane(0).barrier().await();
                        String digest = Workload.digest(group, 3, 2000);
                        awaitDropped(group);
                        assertThat(group.droppedFrames()).isEqualTo(group.rank() == 0 ? 2 * FOREIGN : 0);
                        return digest;
                    });
            assertThat(found).isEqualTo(expected);
        }
        Files.delete(parent);
    }

    /** Frames of another session may arrive later than ours: exchange on until rank 0 has seen them all. */
    private static void awaitDropped(CommunicatorGroup group) {
        long endNs = System.nanoTime() + DEADLINE.toNanos();
        MemorySegment votes = Floats.of(0);
        while (Floats.read(votes)[0] == 0) {
            boolean enough = group.droppedFrames() >= 2 * FOREIGN || System.nanoTime() - endNs >= 0;
            votes.copyFrom(Floats.of(group.rank() == 0 && enough ? 1 : 0));
            group.lane(0).allReduce(votes).await();
        }
    }

    private static void disturb(Path directory, String endpoint) throws Exception {
        SplittableRandom random = new SplittableRandom(3);
        try (DatagramSocket socket = new DatagramSocket()) {
            int colon = endpoint.indexOf(':');
            InetAddress host = InetAddress.getByName(endpoint.substring(0, colon));
            int port = Integer.parseInt(endpoint.substring(colon + 1));
            for (int i = 0; i < FOREIGN; i++) {
                byte[] garbage = new byte[random.nextInt(1, 1400)];
                random.nextBytes(garbage);
                socket.send(new DatagramPacket(garbage, garbage.length, host, port));
            }
        }
        byte[] bytes = new byte[FrameLayout.HEADER_BYTES + 16];
        Frame frame = new Frame().wrap(MemorySegment.ofArray(bytes), 0);
        frame.begin(8, 1).type(FrameType.DATA).target(0).payloadBytes(16);
        byte[] noise = new byte[500];
        random.nextBytes(noise);
        try (Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(directory.toString()));
                ExclusivePublication stranger =
                        aeron.addExclusivePublication("aeron:udp?endpoint=" + endpoint, DATA_STREAM)) {
            for (int i = 0; i < FOREIGN; i++) {
                offer(stranger, bytes);
                offer(stranger, noise);
            }
        }
    }

    private static void offer(ExclusivePublication stranger, byte[] bytes) {
        long endNs = System.nanoTime() + DEADLINE.toNanos();
        while (stranger.offer(new UnsafeBuffer(bytes)) < 0) {
            assertThat(System.nanoTime() - endNs).isNegative();
            Thread.yield();
        }
    }
}
