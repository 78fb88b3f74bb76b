package io.witan.collectives.shared;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.BadPeerException;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** A peer writes anything into memory that this rank reads: each frame is whole and inside it, or refused with its name. */
class RingReaderFuzzTest {
    private static final int PEER = 3;
    private static final long REGION_BYTES = 20_000;
    private static final RingLayout LAYOUT = new RingLayout(2, 1, 4096);

    private Path directory;
    private NodeFiles files;

    @BeforeProperty
    void makeARegion() throws IOException {
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        files = new NodeFiles(directory, 1);
        NodeFiles.create(files.region(PEER, 0), REGION_BYTES).close();
    }

    @AfterProperty
    void delete() throws IOException {
        files.deleteAllOf(PEER);
        Files.delete(directory.resolve("memory"));
        Files.delete(directory);
    }

    @Property(tries = 3000)
    void shouldRefuseNoiseOrGiveItWhole(@ForAll long seed) {
        byte[] noise = new byte[(int) LAYOUT.ringBytes()];
        new SplittableRandom(seed).nextBytes(noise);
        MemorySegment ring = ring(noise);
        for (long position = 0; position < RingLayout.SLOTS; position++) {
            ring.set(ValueLayout.JAVA_LONG, LAYOUT.slotOf(position) + RingLayout.MARK_AT, position + 1);
        }
        poll(ring);
    }

    /** Near the limits, where noise seldom comes. */
    @Property(tries = 3000)
    void shouldRefuseLengthsAndPlacesThatDoNotFit(
            @ForAll int payloadBytes,
            @ForAll @LongRange(min = -2, max = 2) long region,
            @ForAll @LongRange(min = -1, max = REGION_BYTES + 1) long offset,
            @ForAll @IntRange(max = RingLayout.SLOTS) int frames) {
        MemorySegment ring = ring(new byte[(int) LAYOUT.ringBytes()]);
        for (long position = 0; position < frames; position++) {
            long slot = LAYOUT.slotOf(position);
            ring.set(ValueLayout.JAVA_LONG, slot + RingLayout.MARK_AT, position + 1);
            ring.set(ValueLayout.JAVA_LONG, slot + RingLayout.REGION_AT, region);
            ring.set(ValueLayout.JAVA_LONG, slot + RingLayout.OFFSET_AT, offset);
            new Frame().wrap(ring, slot + RingLayout.HEADER_AT).payloadBytes(payloadBytes % 30_000);
        }
        poll(ring);
    }

    private void poll(MemorySegment ring) {
        PeerRegions regions = new PeerRegions(files, PEER);
        RingReader reader = new RingReader(ring, LAYOUT, regions, PEER);
        Checking checking = new Checking();
        try {
            assertThat(reader.poll(checking, Integer.MAX_VALUE)).isEqualTo(checking.frames);
            assertThat(checking.frames).isLessThanOrEqualTo(RingLayout.SLOTS);
        } catch (BadPeerException refused) {
            assertThat(refused.rank()).isEqualTo(PEER);
            assertThat(refused).hasMessageContaining("rank 3");
        } finally {
            regions.close();
        }
    }

    private static MemorySegment ring(byte[] bytes) {
        return MemorySegment.ofArray(new long[bytes.length / Long.BYTES])
                .copyFrom(MemorySegment.ofArray(bytes).asSlice(0, bytes.length / Long.BYTES * Long.BYTES));
    }

    /** Touches all that it is given. */
    private static final class Checking implements FrameHandler {
        private int frames;

        @Override
        public boolean onFrame(MemorySegment segment, long at, int length) {
            assertThat(length - FrameLayout.HEADER_BYTES).isBetween(0, LAYOUT.roomBytes());
            touch(segment.asSlice(at, length));
            return true;
        }

        @Override
        public boolean onLoan(MemorySegment segment, long at, MemorySegment lent, long lentAt) {
            int bytes = new Frame().wrap(segment, at).payloadBytes();
            assertThat((long) bytes).isBetween(1L, REGION_BYTES);
            touch(lent.asSlice(lentAt, bytes));
            return true;
        }

        private void touch(MemorySegment bytes) {
            frames++;
            assertThat(bytes.toArray(ValueLayout.JAVA_BYTE)).hasSize((int) bytes.byteSize());
        }
    }
}
