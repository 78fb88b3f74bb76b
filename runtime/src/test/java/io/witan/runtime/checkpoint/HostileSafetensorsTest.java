package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A corpus of headers that must be refused; each is followed by eight bytes of data. */
class HostileSafetensorsTest {
    private static final String A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    @TempDir
    private Path folder;

    private static String a(String dtype, String shape, String offsets) {
        return "{\"a\":{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
    }

    static Stream<Arguments> hostileHeaders() {
        return Stream.of(
                Arguments.of("hole at the start", a("\"U8\"", "[4]", "[4,8]"), "start of tensor"),
                Arguments.of("hole at the end", a("\"U8\"", "[4]", "[0,4]"), "bytes of data after the header"),
                Arguments.of("past the end", a("\"U8\"", "[9]", "[0,9]"), "bytes of data after the header"),
                Arguments.of(
                        "overlap",
                        "{" + A + ",\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
                        "start of tensor \"b\": expected 8, found 4"),
                Arguments.of(
                        "same bytes twice",
                        "{" + A + ",\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        "start of tensor"),
                Arguments.of("offsets backwards", a("\"U8\"", "[8]", "[8,0]"), "begin <= end"),
                Arguments.of("one offset", a("\"U8\"", "[8]", "[8]"), "begin <= end"),
                Arguments.of("three offsets", a("\"U8\"", "[8]", "[0,8,8]"), "begin <= end"),
                Arguments.of("negative offset", a("\"U8\"", "[8]", "[-8,0]"), "integers 0 to"),
                Arguments.of("negative dimensions", a("\"U8\"", "[-2,-4]", "[0,8]"), "integers 0 to"),
                Arguments.of("fraction", a("\"U8\"", "[8.0]", "[0,8]"), "integers 0 to"),
                Arguments.of("exponent", a("\"U8\"", "[8e0]", "[0,8]"), "integers 0 to"),
                Arguments.of("text dimension", a("\"U8\"", "[\"8\"]", "[0,8]"), "integers 0 to"),
                Arguments.of("past 64 bits", a("\"U8\"", "[18446744073709551624]", "[0,8]"), "integers 0 to"),
                Arguments.of(
                        "product wraps to 8",
                        a("\"U8\"", "[4294967296,4294967296,8]", "[0,8]"),
                        "the product overflows"),
                Arguments.of("dtype size wraps", a("\"F32\"", "[4611686018427387906]", "[0,8]"), "overflows"),
                Arguments.of("shape is not the length", a("\"F32\"", "[3]", "[0,8]"), "expected 12, found 8"),
                Arguments.of("65 dimensions", a("\"U8\"", "[" + "1,".repeat(64) + "8]", "[0,8]"), "more than 64"),
                Arguments.of(
                        "unknown dtype",
                        a("\"Q4\"", "[2]", "[0,8]"),
                        "expected [F32, I64, U8, F16, BF16], found \"Q4\""),
                Arguments.of("dtype in lower case", a("\"f32\"", "[2]", "[0,8]"), "found \"f32\""),
                Arguments.of("dtype is a number", a("32", "[2]", "[0,8]"), "VALUE_STRING"),
                Arguments.of("shape is a number", a("\"F32\"", "2", "[0,8]"), "START_ARRAY"),
                Arguments.of("shape is null", a("\"F32\"", "null", "[0,8]"), "START_ARRAY"),
                Arguments.of("no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "lacks dtype"),
                Arguments.of(
                        "unknown key",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}",
                        "found \"x\""),
                Arguments.of("duplicate name", "{" + A + "," + A + "}", "Duplicate field"),
                Arguments.of(
                        "duplicate escaped name", "{" + A + "," + A.replace("\"a\"", "\"\\u0061\"") + "}", "Duplicate"),
                Arguments.of(
                        "duplicate key",
                        "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        "Duplicate field"),
                Arguments.of(
                        "duplicate metadata", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}," + A + "}", "Duplicate"),
                Arguments.of("two metadata", "{\"__metadata__\":{},\"__metadata__\":{}," + A + "}", "Duplicate field"),
                Arguments.of("metadata is a list", "{\"__metadata__\":[]," + A + "}", "START_OBJECT"),
                Arguments.of("metadata number", "{\"__metadata__\":{\"k\":1}," + A + "}", "VALUE_STRING"),
                Arguments.of("tensor is null", "{\"a\":null}", "START_OBJECT"),
                Arguments.of("a list", "[]", "first byte of the header"),
                Arguments.of("space first", " {" + A + "}", "first byte of the header"),
                Arguments.of("byte order mark", "\ufeff{" + A + "}", "first byte of the header"),
                Arguments.of("two objects", "{" + A + "}{}", "after its closing brace"),
                Arguments.of("text behind", "{" + A + "} x", "not valid JSON"),
                Arguments.of("zero bytes behind", "{" + A + "}\0\0\0", "not valid JSON"),
                Arguments.of("not closed", "{" + A, "not valid JSON"),
                Arguments.of("comment", "{/**/" + A + "}", "not valid JSON"),
                Arguments.of("trailing comma", "{" + A + ",}", "not valid JSON"),
                Arguments.of("single quotes", "{" + A.replace('"', '\'') + "}", "not valid JSON"),
                Arguments.of("not a number", a("\"F32\"", "[NaN]", "[0,8]"), "not valid JSON"),
                Arguments.of("UTF-16", "{\0\"\0a\0", "not valid JSON"),
                Arguments.of("lone surrogate", "{" + A.replace("\"a\"", "\"\\ud800\"") + "}", "unpaired surrogate"),
                Arguments.of(
                        "lone surrogate in metadata",
                        "{\"__metadata__\":{\"k\":\"\\udc00\"}," + A + "}",
                        "unpaired surrogate"),
                Arguments.of("deep", "{\"a\":" + "[".repeat(100_000), "START_OBJECT"),
                Arguments.of("deep shape", a("\"F32\"", "[".repeat(100_000), "[0,8]"), "integers 0 to"),
                Arguments.of("long number", a("\"F32\"", "[" + "9".repeat(100_000) + "]", "[0,8]"), "valid JSON"),
                Arguments.of("line break in a name", "{\"x\\ny\":{\"dtype\":\"F32\"}}", "\\u000a"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileHeaders")
    void isRefusedInOneLine(String name, String header, String message) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        refused(json.length, json, message);
    }

    @Test
    void invalidUtf8IsRefused() throws IOException {
        byte[] json = ("{" + A + "}").getBytes(StandardCharsets.ISO_8859_1);
        json[2] = (byte) 0xff;
        refused(json.length, json, "not valid UTF-8");
    }

    @Test
    void lengthsThatLieAreRefused() throws IOException {
        byte[] json = ("{" + A + "}").getBytes(StandardCharsets.US_ASCII);
        refused(0, json, "header length: expected 2 to ");
        refused(1, json, "header length");
        refused(-1, json, "found 18446744073709551615");
        refused(Long.MIN_VALUE, json, "found 9223372036854775808");
        refused(json.length + 9, json, "header length");
        refused(100_000_001, json, "header length");
        refused(json.length - 1, json, "not valid JSON");
        refused(json.length + 8, json, "not valid JSON");
    }

    @Test
    void headerPastTheCapIsRefusedEvenWhenItIsThere() throws IOException {
        Path path = folder.resolve("h.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(200_000_000)
                    .array());
            file.setLength(200_000_008);
        }
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .hasMessage(path + ": header length: expected 2 to 100000000, found 200000000");
    }

    @Test
    void shortMissingAndIrregularFilesAreRefused() throws IOException {
        Path path = folder.resolve("h.safetensors");
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(path + ": cannot open: no such file or folder");
        for (int bytes = 0; bytes < 8; bytes++) {
            Files.write(path, new byte[bytes]);
            assertThatThrownBy(() -> SafetensorsFile.open(path))
                    .hasMessage(path + ": file length: expected at least 8 bytes, found " + bytes);
        }
        assertThatThrownBy(() -> SafetensorsFile.open(folder)).hasMessage(folder + ": is not a regular file");
        assertThatThrownBy(() -> SafetensorsFile.open(Path.of("/dev/zero")))
                .hasMessage("/dev/zero: is not a regular file");
    }

    private void refused(long length, byte[] json, String message) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16 + json.length).order(ByteOrder.LITTLE_ENDIAN);
        Path path = Files.write(
                folder.resolve("h.safetensors"), bytes.putLong(length).put(json).array());
        assertThatThrownBy(() -> SafetensorsFile.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContaining(message)
                .message()
                .satisfies(text -> assertThat(text.chars()).noneMatch(Character::isISOControl))
                .satisfies(text -> assertThat(text.length()).isLessThan(1000));
    }
}
