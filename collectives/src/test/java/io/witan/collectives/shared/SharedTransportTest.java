package io.witan.collectives.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.wire.BadPeerException;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.NoTransport;
import io.witan.collectives.wire.TransportException;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks' ends in one thread. */
class SharedTransportTest {
    private static final long RUN_ID = 77;
    private static final int LANES = 2;
    private static final int STREAM = 2;

    @TempDir
    private Path directory;

    private final Arena arena = Arena.ofConfined();
    private SharedTransport sender;
    private SharedTransport receiver;

    @BeforeEach
    void open() {
        sender = open(0, RUN_ID);
        receiver = open(1, RUN_ID);
        assertThat(sender.attach(1)).isTrue();
        assertThat(receiver.attach(0)).isTrue();
    }

    @AfterEach
    void close() throws IOException {
        sender.close();
        receiver.close();
        arena.close();
        try (Stream<Path> left = Files.list(directory.resolve("memory"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void shouldKeepOrderOverManyRoundsOfTheRing() {
        Received received = new Received();
        int sent = 0;
        for (int round = 0; round < 20; round++) {
            while (sender.offer(1, STREAM, header(8), longs(sent), 0, 8)) {
                sent++;
            }
            receiver.poll(STREAM, received, 7);
        }
        receiver.poll(STREAM, received, Integer.MAX_VALUE);

        assertThat(sent).isGreaterThan(5 * RingLayout.SLOTS);
        assertThat(received.values).hasSize(sent);
        for (int i = 0; i < sent; i++) {
            assertThat(received.values.get(i)).isEqualTo(i);
        }
    }

    @Test
    void shouldHoldBackASenderWhoseFramesAreNotTaken() {
        int sent = 0;
        while (sender.offer(1, STREAM, header(8), longs(sent), 0, 8)) {
            sent++;
        }
        assertThat(sent).isEqualTo(RingLayout.SLOTS);
        Received refusing = new Received();
        refusing.accepts = false;
        assertThat(receiver.poll(STREAM, refusing, 100)).isZero();
        assertThat(sender.offer(1, STREAM, header(8), longs(0), 0, 8)).isFalse();
        assertThat(sender.offer(1, STREAM - 1, header(8), longs(0), 0, 8))
                .as("another lane")
                .isTrue();
    }

    @Test
    void shouldLendMemoryThatIsReadInPlace() {
        try (OwnRegions.Region region = sender.regions().allocate(1 << 20)) {
            MemorySegment part = region.memory().asSlice(4096, 8192);
            part.set(ValueLayout.JAVA_LONG, 0, 42);
            assertThat(sender.reaches(1, part)).isTrue();
            assertThat(sender.lend(1, STREAM, header(8192), part, 0)).isTrue();
            Received received = new Received();
            assertThat(receiver.poll(STREAM, received, 10)).isEqualTo(1);

            assertThat(received.values).containsExactly(42L);
            part.set(ValueLayout.JAVA_LONG, 0, 43);
            assertThat(received.lent.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(43);
            assertThat(sender.returned(1, STREAM)).isZero();
            assertThat(receiver.giveBack(0, STREAM)).isTrue();
            assertThat(sender.returned(1, STREAM))
                    .isEqualTo(sender.lent(1, STREAM))
                    .isEqualTo(1);
        }
    }

    @Test
    void shouldLendAFileThatItsOwnerHasMapped() throws IOException {
        Path file = Files.write(directory.resolve("slots"), new byte[3 * 4096]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
            MemorySegment part = mapping.asSlice(64, 8192);
            Received received = new Received();
            try (OwnRegions.Region region = sender.regions().register(file, mapping)) {
                part.set(ValueLayout.JAVA_LONG, 0, 42);
                assertThat(sender.reaches(1, part)).isTrue();
                assertThat(sender.lend(1, STREAM, header(8192), part, 0)).isTrue();
                assertThat(receiver.poll(STREAM, received, 10)).isEqualTo(1);
                part.set(ValueLayout.JAVA_LONG, 0, 43);

                assertThat(received.values).containsExactly(42L);
                assertThat(received.lent.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(43);
                assertThat(region.memory()).isEqualTo(mapping);
            }
            assertThat(sender.reaches(1, part)).isFalse();
            part.set(ValueLayout.JAVA_LONG, 0, 44);
        }
        assertThat(file).isRegularFile();
    }

    @Test
    void shouldNameTheFilesThatItHasMappedForItsPeers() throws IOException {
        Path file = Files.write(directory.resolve("slots"), new byte[8192]);
        List<Path> rings = List.of(file("rings-0"), file("rings-1"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                OwnRegions.Region made = sender.regions().allocate(8192)) {
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
            try (OwnRegions.Region registered = sender.regions().register(file, mapping)) {
                assertThat(files(receiver)).as("before a loan").containsExactlyInAnyOrderElementsOf(rings);
                sender.lend(1, STREAM, header(8192), made.memory(), 0);
                sender.lend(1, STREAM, header(8192), registered.memory(), 0);
                receiver.poll(STREAM, new Received(), 10);

                assertThat(files(receiver))
                        .contains(file.toRealPath(), file("region-0-0"))
                        .containsAll(rings)
                        .hasSize(4);
                assertThat(files(sender)).as("its own regions").containsExactlyInAnyOrderElementsOf(rings);
            }
        }
    }

    private static List<Path> files(SharedTransport transport) {
        List<Path> files = new ArrayList<>();
        transport.addFiles(files);
        return files;
    }

    /** A caller may register a mapping and, apart from it, its beginning. */
    @Test
    void shouldFindTheLongerOfRegionsThatBeginAlike() throws IOException {
        Path file = Files.write(directory.resolve("slots"), new byte[8192]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
            OwnRegions regions = sender.regions();
            try (OwnRegions.Region whole = regions.register(file, mapping);
                    OwnRegions.Region beginning = regions.register(file, mapping.asSlice(0, 4096))) {
                assertThat(regions.find(mapping.asSlice(4000, 200))).isSameAs(whole);
                assertThat(regions.find(mapping.asSlice(0, 8))).isIn(whole, beginning);
            }
        }
    }

    @Test
    void shouldMakeNoMemoryOnceClosed() {
        OwnRegions.Region region = sender.regions().allocate(8192);
        sender.regions().close();

        assertThatThrownBy(() -> sender.regions().allocate(8192))
                .isInstanceOf(TransportException.class)
                .hasMessage("the group of this memory is closed");
        region.close();
        assertThat(file("region-0-1")).doesNotExist();
    }

    @Test
    void shouldRefuseAFileThatIsMissingOrShorterThanItsMapping() throws IOException {
        Path file = Files.write(directory.resolve("slots"), new byte[4096]);
        MemorySegment longer = arena.allocate(8192);

        assertThatThrownBy(() -> sender.regions().register(file, longer))
                .isInstanceOf(TransportException.class)
                .hasMessageEndingWith("slots: it has 4096 B, its mapping 8192 B");
        assertThatThrownBy(() -> sender.regions().register(directory.resolve("none"), longer))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining("cannot share " + directory.resolve("none"));
    }

    @Test
    void shouldTellAReaderThatALoanWasRecalled() {
        try (OwnRegions.Region region = sender.regions().allocate(8192)) {
            sender.lend(1, STREAM, header(8192), region.memory(), 0);
            receiver.poll(STREAM, new Received(), 10);
            sender.recall(STREAM);

            assertThat(receiver.giveBack(0, STREAM)).isFalse();
        }
    }

    @Test
    void shouldNotLendOtherMemory() {
        OwnRegions.Region region = sender.regions().allocate(8192);
        MemorySegment freed = region.memory();
        assertThat(sender.reaches(1, freed)).isTrue();
        region.close();

        assertThat(sender.reaches(1, arena.allocate(8192))).isFalse();
        assertThat(sender.reaches(1, MemorySegment.ofArray(new byte[64]))).isFalse();
        assertThat(sender.reaches(1, freed)).isFalse();
    }

    @Test
    void shouldRefuseALoanOutsideItsRegion() throws IOException {
        try (OwnRegions.Region region = sender.regions().allocate(8192)) {
            sender.lend(1, STREAM, header(8192), region.memory(), 0);
            try (RandomAccessFile file = new RandomAccessFile(file("region-0-0").toFile(), "rw")) {
                file.setLength(4096);
            }
            assertThatThrownBy(() -> receiver.poll(STREAM, new Received(), 10))
                    .isInstanceOf(BadPeerException.class)
                    .hasMessage("rank 0 lends 8192 B at 0 of a region of 4096 B");
        }
    }

    @Test
    void shouldKeepGroupsOfANodeApart() {
        try (SharedTransport other = open(1, RUN_ID + 1)) {
            assertThat(other.regions()).isNotNull();
            sender.offer(1, STREAM, header(8), longs(1), 0, 8);

            assertThat(receiver.poll(STREAM, new Received(), 10)).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseRingsThatAreNotThoseOfTheGroup() throws IOException {
        byte[] rings = Files.readAllBytes(file("rings-1"));
        rings[(int) RingLayout.RUN_ID_AT] ^= 1;
        Files.delete(file("rings-1"));
        assertThat(sender.attach(1)).as("a peer that has left").isFalse();
        Files.write(file("rings-1"), Arrays.copyOf(rings, rings.length - 1));
        assertThatThrownBy(() -> sender.attach(1))
                .isInstanceOf(BadPeerException.class)
                .hasMessageMatching("cannot use .*-rings-1 of rank 1: .*")
                .hasMessageEndingWith("it has " + (rings.length - 1) + " B, expected " + rings.length + " B");
        Files.write(file("rings-1"), rings);
        assertThatThrownBy(() -> sender.attach(1))
                .isInstanceOf(BadPeerException.class)
                .hasMessageEndingWith("it belongs to another run");
    }

    @Test
    void shouldNoticeCountersThatCannotBe() throws IOException {
        for (int i = 0; i < RingLayout.SLOTS; i++) {
            sender.offer(1, STREAM, header(8), longs(i), 0, 8);
        }
        RingLayout layout = RingLayout.of(2, LANES);
        try (RandomAccessFile file = new RandomAccessFile(file("rings-0").toFile(), "rw")) {
            file.seek(layout.ringAt(1, STREAM - 1) + RingLayout.TAKEN_AT);
            file.writeLong(-5);
            file.seek(layout.ringAt(1, STREAM - 1) + RingLayout.RETURNED_AT);
            file.writeLong(Long.reverseBytes(3));
        }
        assertThatThrownBy(() -> sender.offer(1, STREAM, header(8), longs(1), 0, 8))
                .isInstanceOf(BadPeerException.class)
                .hasMessageMatching("shared memory is damaged: rank 1 counts -?\\d+ of 16 frames");
        assertThatThrownBy(() -> sender.returned(1, STREAM))
                .hasMessage("shared memory is damaged: rank 1 counts 3 of 0 frames");
    }

    @Test
    void shouldSayThatThereIsNoRoomBeforeFillingIt() throws IOException {
        long usable = Files.getFileStore(directory).getUsableSpace();

        assertThatThrownBy(() -> sender.regions().allocate(Long.MAX_VALUE))
                .isInstanceOf(TransportException.class)
                .hasMessageMatching("cannot make .* of 9223372036854775807 B in shared memory: only \\d+ B are left");
        assertThat(Files.getFileStore(directory).getUsableSpace()).isGreaterThan(usable / 2);
        assertThat(file("region-0-0")).doesNotExist();
    }

    @Test
    void shouldReplaceTheFilesOfAProcessThatHasEnded() throws IOException {
        sender.close();
        receiver.close();
        Files.writeString(file("rings-0"), "left");
        Files.writeString(file("region-0-0"), "left");
        open();
        try (OwnRegions.Region region = sender.regions().allocate(8192)) {
            assertThat(sender.lend(1, STREAM, header(8192), region.memory(), 0)).isTrue();
            assertThat(receiver.poll(STREAM, new Received(), 10)).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseASecondProcessOfTheSameRank() {
        assertThatThrownBy(() -> open(0, RUN_ID))
                .isInstanceOf(TransportException.class)
                .hasMessageEndingWith("rings-0 is in use: this rank is in the world already");
    }

    @Test
    void shouldBeReadableByItsUserOnly() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("memory"))))
                .isEqualTo("rwx------");
    }

    @Test
    void shouldNotTakeARankOfThisProcessForEnded() {
        sender.offer(1, STREAM, header(8), longs(1), 0, 8);

        assertThat(sender.hasEnded(1)).isFalse();
    }

    private Path file(String name) {
        return directory.resolve("memory").resolve(HexFormat.of().toHexDigits(RUN_ID) + "-" + name);
    }

    private SharedTransport open(int rank, long runId) {
        return SharedTransport.open(new NoTransport(), Topology.of(2), rank, LANES, runId, directory);
    }

    private MemorySegment header(int payloadBytes) {
        MemorySegment header = arena.allocate(FrameLayout.HEADER_BYTES, 8);
        new Frame()
                .wrap(header, 0)
                .begin(RUN_ID, 0)
                .type(FrameType.DATA)
                .target(1)
                .payloadBytes(payloadBytes);
        return header;
    }

    private MemorySegment longs(long value) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, value);
    }

    /** Keeps the first long of every payload. */
    private static final class Received implements FrameHandler {
        private final List<Long> values = new ArrayList<>();
        private MemorySegment lent;
        private boolean accepts = true;

        @Override
        public boolean onFrame(MemorySegment segment, long at, int length) {
            if (accepts) {
                values.add(segment.get(ValueLayout.JAVA_LONG_UNALIGNED, at + FrameLayout.HEADER_BYTES));
            }
            return accepts;
        }

        @Override
        public boolean onLoan(MemorySegment segment, long at, MemorySegment memory, long lentAt) {
            lent = memory.asSlice(lentAt, new Frame().wrap(segment, at).payloadBytes());
            values.add(lent.get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
            return true;
        }
    }
}
