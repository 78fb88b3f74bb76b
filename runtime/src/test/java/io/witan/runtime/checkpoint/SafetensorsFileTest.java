package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
    @TempDir
    private Path folder;

    /** Length field and JSON put together here, without the writer. */
    private Path handMade(String json, byte[] data) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header).put(data);
        return Files.write(folder.resolve("hand.safetensors"), file.array());
    }

    @Test
    void readsAHandMadeFile() throws IOException {
        byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 9};
        Path path = handMade(
                "{\"b\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[8,9]},\"__metadata__\":{\"k\":\"v\"},"
                        + "\"none\":{\"shape\":[3,0],\"data_offsets\":[8,8],\"dtype\":\"I64\"},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}   ",
                data);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.metadata()).containsExactly(Map.entry("k", "v"));
            assertThat(file.tensors()).extracting(TensorInfo::name).containsExactly("a", "none", "b");
            assertThat(file.tensor("a").shape()).containsExactly(2, 1);
            assertThat(TestTensors.floats(file.data("a"))).containsExactly(1f, -2f);
            assertThat(file.tensor("b").elementCount()).isEqualTo(1);
            assertThat(file.data("b").get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 9);
            assertThat(file.data("none").byteSize()).isZero();
            assertThat(file.data("a").isReadOnly()).isTrue();
        }
    }

    @Test
    void writesExactlyTheFormat() throws Exception {
        NamedTensor u8 =
                new NamedTensor("bytes", Dtype.U8, new long[] {3}, MemorySegment.ofArray(new byte[] {1, 2, 3}));
        NamedTensor i64 = new NamedTensor("long", Dtype.I64, new long[] {}, MemorySegment.ofArray(new long[] {-2}));
        NamedTensor odd = TestTensors.f32("caf\u00e9 \"q\" \ud83d\ude00\n", 5);
        Path path = folder.resolve("t.safetensors");
        FileRecord record = SafetensorsWriter.write(
                path,
                Map.of("z", "1", "a", "2"),
                List.of(u8, TestTensors.f32("b", 3, 4), TestTensors.f32("a", 1, 2), odd, i64));

        byte[] bytes = Files.readAllBytes(path);
        assertThat(record.name()).isEqualTo("t.safetensors");
        assertThat(record.bytes()).isEqualTo(bytes.length);
        assertThat(record.sha256())
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(file.getLong());
        assertThat((8 + length) % 64).isZero();
        JsonNode header = new JsonMapper().readTree(new String(bytes, 8, length, StandardCharsets.UTF_8));
        assertThat(header.toString())
                .isEqualTo("{\"__metadata__\":{\"a\":\"2\",\"z\":\"1\"},"
                        + "\"long\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]},"
                        + "\"caf\u00e9 \\\"q\\\" \ud83d\ude00\\n\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]},"
                        + "\"bytes\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[28,31]}}");
        file.position(8 + length);
        assertThat(file.getLong()).isEqualTo(-2);
        for (float expected : new float[] {1, 2, 3, 4, 5}) {
            assertThat(file.getFloat()).isEqualTo(expected);
        }
        assertThat(new byte[] {file.get(), file.get(), file.get()}).containsExactly(1, 2, 3);
        assertThat(file.remaining()).isZero();
    }

    @Test
    void sameTensorsGiveSameBytesInAnyOrder() {
        NamedTensor a = TestTensors.f32("a", 1);
        NamedTensor b = TestTensors.f32("b", 2);
        Path path = folder.resolve("t.safetensors");
        assertThat(SafetensorsWriter.write(path, Map.of(), List.of(a, b)))
                .isEqualTo(SafetensorsWriter.write(path, Map.of(), List.of(b, a)));
    }

    @Test
    void noTensorsAtAllIsAFile() {
        Path path = folder.resolve("t.safetensors");
        SafetensorsWriter.write(path, Map.of(), List.of());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    private void writeRefused(String message, NamedTensor... tensors) {
        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("t.safetensors"), Map.of(), List.of(tensors)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
        assertThat(folder.resolve("t.safetensors")).doesNotExist();
    }

    @Test
    void badTensorsAreRefusedBeforeTheFileIsTouched() {
        MemorySegment eight = Arena.ofAuto().allocate(8);
        writeRefused("tensor \"a\" is given twice", TestTensors.f32("a", 1), TestTensors.f32("a", 2));
        writeRefused("reserved", TestTensors.f32("__metadata__", 1));
        writeRefused("not valid Unicode", TestTensors.f32("\ud800", 1));
        writeRefused("F32 [3] bytes: expected 12, found 8", new NamedTensor("a", new long[] {3}, eight));
        writeRefused("shape [-1, -2]: negative", new NamedTensor("a", new long[] {-1, -2}, eight));
        writeRefused("overflow", new NamedTensor("a", new long[] {1L << 40, 1L << 40}, eight));
    }

    @Test
    void readsPastTwoGigabytes() throws IOException {
        long bytes = (3L << 30) + 5;
        String json = "{\"big\":{\"dtype\":\"U8\",\"shape\":[" + bytes + "],\"data_offsets\":[0," + bytes + "]}}";
        Path path = handMade(json, new byte[0]);
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.setLength(8 + json.length() + bytes);
            sparse.seek(sparse.length() - 1);
            sparse.write(77);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.data("big").get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 77);
        }
    }

    @Test
    void writesPastTwoGigabytes() throws IOException {
        long bytes = (2L << 30) + 12;
        Path source = folder.resolve("source");
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(
                        source, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment data = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
            data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, bytes - 4, 7f);
            LastBytes ops = new LastBytes();
            NamedTensor tensor = new NamedTensor("big", new long[] {bytes / 4}, data);
            FileRecord record =
                    SafetensorsWriter.write(ops, folder.resolve("t.safetensors"), Map.of(), List.of(tensor));
            assertThat(record.bytes()).isEqualTo(ops.written).isGreaterThan(bytes);
            assertThat(ops.last.order(ByteOrder.LITTLE_ENDIAN).getFloat()).isEqualTo(7f);
        }
    }

    /** Counts what is written and keeps the last four bytes only. */
    private static final class LastBytes implements FileOps, FileOps.Output {
        private long written;
        private ByteBuffer last;

        @Override
        public void write(ByteBuffer bytes) {
            written += bytes.remaining();
            byte[] end = new byte[4];
            bytes.get(bytes.limit() - 4, end);
            last = ByteBuffer.wrap(end);
        }

        @Override
        public Output create(Path file) {
            return this;
        }

        @Override
        public void force() {}

        @Override
        public void close() {}

        @Override
        public void createDirectories(Path path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void move(Path from, Path to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void delete(Path path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void syncDirectory(Path path) {
            throw new UnsupportedOperationException();
        }
    }
}
