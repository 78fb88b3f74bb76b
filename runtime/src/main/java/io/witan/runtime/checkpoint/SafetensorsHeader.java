package io.witan.runtime.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file: parsed strictly, one token after the other, so that a hostile header costs no
 * more memory than its own length asks for.
 *
 * @param tensors in the order of their offsets
 */
record SafetensorsHeader(Map<String, String> metadata, List<TensorInfo> tensors) {
    /** Longest header accepted or written, in bytes; the bound of the format's reference implementation. */
    static final long MAX_BYTES = 100_000_000L;

    static final String METADATA = "__metadata__";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxNameLength((int) MAX_BYTES)
                    .maxStringLength((int) MAX_BYTES)
                    .build())
            .build();

    /** Parses and checks a whole header; the tensors must cover dataBytes exactly, without holes or overlaps. */
    static SafetensorsHeader parse(Path file, byte[] header, long dataBytes) {
        String text = decode(file, header);
        try (JsonParser json = JSON.createParser(text)) {
            SafetensorsHeader parsed = new Reader(file, json).read();
            parsed.requireCover(file, dataBytes);
            return parsed;
        } catch (JsonProcessingException e) {
            throw CheckpointException.of(file, "header is not valid JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw CheckpointException.io("read the header", file, e);
        }
    }

    private static String decode(Path file, byte[] header) {
        if (header.length == 0 || header[0] != '{') {
            throw CheckpointException.mismatch(
                    file, "first byte of the header", "'{'", header.length == 0 ? "none" : header[0] & 0xff);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(header))
                    .toString();
        } catch (CharacterCodingException e) {
            throw CheckpointException.of(file, "header is not valid UTF-8");
        }
    }

    private void requireCover(Path file, long dataBytes) {
        long end = 0;
        for (TensorInfo tensor : tensors) {
            if (tensor.offset() != end) {
                throw CheckpointException.mismatch(
                        file, "start of tensor " + CheckpointException.quote(tensor.name()), end, tensor.offset());
            }
            end = Math.addExact(end, tensor.bytes());
        }
        if (end != dataBytes) {
            throw CheckpointException.mismatch(file, "bytes of data after the header", end, dataBytes);
        }
    }

    /** The header as JSON, without padding. */
    byte[] toJson() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(METADATA);
                for (Map.Entry<String, String> entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            for (TensorInfo tensor : tensors) {
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.dtype().name());
                json.writeFieldName("shape");
                long[] shape = tensor.shape();
                json.writeArray(shape, 0, shape.length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {tensor.offset(), tensor.offset() + tensor.bytes()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    /** Whether every surrogate has its partner; only such text survives UTF-8. */
    static boolean isUnicode(String text) {
        return text.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
    }

    private static final class Reader {
        private static final int MAX_DIMENSIONS = 64;

        private final Path file;
        private final JsonParser json;

        Reader(Path file, JsonParser json) {
            this.file = file;
            this.json = json;
        }

        SafetensorsHeader read() throws IOException {
            Map<String, String> metadata = new LinkedHashMap<>();
            List<TensorInfo> tensors = new ArrayList<>();
            expect(JsonToken.START_OBJECT, "header");
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                if (name.equals(METADATA)) {
                    readMetadata(metadata);
                } else {
                    tensors.add(readTensor(name));
                }
            }
            if (json.nextToken() != null) {
                throw CheckpointException.of(file, "header has text after its closing brace");
            }
            tensors.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::bytes));
            return new SafetensorsHeader(metadata, tensors);
        }

        private void readMetadata(Map<String, String> metadata) throws IOException {
            expect(JsonToken.START_OBJECT, METADATA);
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                expect(JsonToken.VALUE_STRING, METADATA + " " + CheckpointException.quote(key));
                String value = json.getText();
                if (!isUnicode(key) || !isUnicode(value)) {
                    throw CheckpointException.of(file, METADATA + " has an unpaired surrogate");
                }
                metadata.put(key, value);
            }
        }

        private TensorInfo readTensor(String name) throws IOException {
            String where = "tensor " + CheckpointException.quote(name);
            if (!isUnicode(name)) {
                throw CheckpointException.of(file, where + " has an unpaired surrogate in its name");
            }
            Dtype dtype = null;
            long[] shape = null;
            long[] offsets = null;
            expect(JsonToken.START_OBJECT, where);
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                switch (key) {
                    case "dtype" -> dtype = readDtype(where);
                    case "shape" -> shape = readNumbers(where + " shape");
                    case "data_offsets" -> offsets = readNumbers(where + " data_offsets");
                    default ->
                        throw CheckpointException.mismatch(
                                file, where + " key", "dtype, shape or data_offsets", CheckpointException.quote(key));
                }
            }
            if (dtype == null || shape == null || offsets == null) {
                throw CheckpointException.of(file, where + " lacks dtype, shape or data_offsets");
            }
            return tensor(name, dtype, shape, offsets);
        }

        private TensorInfo tensor(String name, Dtype dtype, long[] shape, long[] offsets) {
            String where = "tensor " + CheckpointException.quote(name);
            if (offsets.length != 2 || offsets[1] < offsets[0]) {
                throw CheckpointException.of(file, where + " data_offsets: expected [begin, end] with begin <= end");
            }
            long bytes;
            try {
                bytes = dtype.byteSize(shape);
            } catch (ArithmeticException e) {
                throw CheckpointException.of(file, where + " shape: the product overflows");
            }
            if (offsets[1] - offsets[0] != bytes) {
                throw CheckpointException.mismatch(
                        file, where + " bytes (shape times dtype)", bytes, offsets[1] - offsets[0]);
            }
            return new TensorInfo(name, dtype, shape, offsets[0], bytes);
        }

        private Dtype readDtype(String where) throws IOException {
            expect(JsonToken.VALUE_STRING, where + " dtype");
            String text = json.getText();
            for (Dtype dtype : Dtype.values()) {
                if (dtype.name().equals(text)) {
                    return dtype;
                }
            }
            throw CheckpointException.mismatch(
                    file, where + " dtype", List.of(Dtype.values()), CheckpointException.quote(text));
        }

        private long[] readNumbers(String where) throws IOException {
            expect(JsonToken.START_ARRAY, where);
            long[] numbers = new long[MAX_DIMENSIONS];
            int count = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                boolean isLong = json.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
                if (!isLong || json.getLongValue() < 0) {
                    throw CheckpointException.mismatch(
                            file, where, "integers 0 to 2^63 - 1", CheckpointException.quote(json.getText()));
                }
                if (count == MAX_DIMENSIONS) {
                    throw CheckpointException.of(file, where + " has more than " + MAX_DIMENSIONS + " numbers");
                }
                numbers[count++] = json.getLongValue();
            }
            return Arrays.copyOf(numbers, count);
        }

        private void expect(JsonToken token, String where) throws IOException {
            JsonToken found = json.nextToken();
            if (found != token) {
                throw CheckpointException.mismatch(file, where, token, found);
            }
        }
    }
}
