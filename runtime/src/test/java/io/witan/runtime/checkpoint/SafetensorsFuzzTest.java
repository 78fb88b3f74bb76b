package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Valid files, changed at random: refused with one line, or read and written again without loss. */
class SafetensorsFuzzTest {
    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "0",
        "-1",
        "9223372036854775807",
        "99999999999999999999",
        "null",
        "\\u0000",
        "\"dtype\"",
        "\"shape\"",
        "\"data_offsets\"",
        "__metadata__",
        "F32",
        "U8",
        "BF16",
        "[0,8]",
        "\ud83d\ude00",
        "1e9"
    };

    private static Path folder;

    @BeforeContainer
    static void createFolder() throws IOException {
        folder = Files.createTempDirectory("witan-fuzz");
    }

    @AfterContainer
    static void deleteFolder() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    @Property(tries = 3000)
    void mutatedFilesAreRefusedOrRoundTrip(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Path path = folder.resolve("f.safetensors");
        writeValid(path, random);
        byte[] bytes = Files.readAllBytes(path);
        for (int mutation = random.nextInt(3); mutation >= 0; mutation--) {
            bytes = mutate(bytes, random);
        }
        Files.write(path, bytes);
        requireRefusedOrRoundTrip(path);
    }

    @Property(tries = 300)
    void unchangedFilesAlwaysRoundTrip(@ForAll long seed) {
        Path path = folder.resolve("f.safetensors");
        writeValid(path, new Random(seed));
        assertThat(requireRefusedOrRoundTrip(path)).isTrue();
    }

    private static void writeValid(Path path, Random random) {
        List<NamedTensor> tensors = new ArrayList<>();
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            Dtype dtype = Dtype.values()[random.nextInt(3)];
            long[] shape = random.longs(random.nextInt(4), 0, 4).toArray();
            byte[] data = new byte[Math.toIntExact(dtype.byteSize(shape))];
            random.nextBytes(data);
            tensors.add(new NamedTensor("t" + i, dtype, shape, MemorySegment.ofArray(data)));
        }
        Map<String, String> metadata = random.nextBoolean() ? Map.of() : Map.of("step", "1");
        SafetensorsWriter.write(DyingFileOps.immortal(), path, metadata, tensors);
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        int headerAt = bytes.length == 0 ? 0 : random.nextInt(Math.min(bytes.length, 200));
        return switch (random.nextInt(8)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(20));
            case 2 -> set(bytes, at, (byte) random.nextInt());
            case 3 -> set(bytes, headerAt, (byte) (bytes.length == 0 ? 0 : bytes[headerAt] ^ (1 << random.nextInt(8))));
            case 4 -> set(bytes, headerAt, (byte) "0123456789{}[],:\" ".charAt(random.nextInt(18)));
            case 5 -> set(bytes, random.nextInt(8), (byte) random.nextInt());
            case 6 -> insert(bytes, headerAt, FRAGMENTS[random.nextInt(FRAGMENTS.length)], false);
            default -> insert(bytes, headerAt, FRAGMENTS[random.nextInt(FRAGMENTS.length)], true);
        };
    }

    private static byte[] set(byte[] bytes, int at, byte value) {
        byte[] changed = bytes.clone();
        if (at < changed.length) {
            changed[at] = value;
        }
        return changed;
    }

    /** Puts text in, or over what is there; with the length field put right, so that the parser sees it. */
    private static byte[] insert(byte[] bytes, int at, String text, boolean fixLength) {
        byte[] extra = text.getBytes(StandardCharsets.UTF_8);
        byte[] changed = new byte[bytes.length + extra.length];
        System.arraycopy(bytes, 0, changed, 0, at);
        System.arraycopy(extra, 0, changed, at, extra.length);
        System.arraycopy(bytes, at, changed, at + extra.length, bytes.length - at);
        if (fixLength && at >= 8) {
            ByteBuffer length = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
            length.putLong(0, length.getLong(0) + extra.length);
        }
        return changed;
    }

    /** Whether the file was accepted; any exception but a one-line refusal gets out and fails the test. */
    private static boolean requireRefusedOrRoundTrip(Path path) {
        Path again = folder.resolve("again.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            List<NamedTensor> tensors = new ArrayList<>();
            long dataBytes = 0;
            for (TensorInfo tensor : file.tensors()) {
                dataBytes += tensor.bytes();
                tensors.add(new NamedTensor(tensor.name(), tensor.dtype(), tensor.shape(), file.data(tensor.name())));
            }
            assertThat(dataBytes).isLessThanOrEqualTo(Files.size(path));
            SafetensorsWriter.write(DyingFileOps.immortal(), again, file.metadata(), tensors);
            requireSame(file, again);
            return true;
        } catch (CheckpointException e) {
            assertThat(e.getMessage()).startsWith(path + ": ").doesNotContain("\n");
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireSame(SafetensorsFile file, Path again) {
        try (SafetensorsFile copy = SafetensorsFile.open(again)) {
            assertThat(copy.metadata()).isEqualTo(file.metadata());
            assertThat(copy.tensors()).hasSameSizeAs(file.tensors());
            for (TensorInfo tensor : file.tensors()) {
                assertThat(copy.tensor(tensor.name()).dtype()).isEqualTo(tensor.dtype());
                assertThat(copy.tensor(tensor.name()).shape()).isEqualTo(tensor.shape());
                assertThat(copy.data(tensor.name()).mismatch(file.data(tensor.name())))
                        .isEqualTo(-1);
            }
        } catch (CheckpointException e) {
            throw new AssertionError("what was written cannot be read", e);
        }
    }
}
