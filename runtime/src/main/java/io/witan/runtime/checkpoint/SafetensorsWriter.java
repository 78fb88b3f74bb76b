package io.witan.runtime.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes safetensors files. The same tensors give the same bytes: wider types come first, then by name, and the header is
 * padded with spaces so that the data begin at a multiple of 64 bytes.
 */
public final class SafetensorsWriter {
    private static final int DATA_ALIGNMENT = 64;
    private static final int CHUNK_BYTES = 1 << 20;

    private SafetensorsWriter() {}

    /**
     * Writes one file and makes its contents durable (fsync of the file, not of its folder). An existing file is replaced
     * in place.
     *
     * @param metadata strings for the header, may be empty
     * @return name, length and checksum of the file
     * @throws CheckpointException for a bad or doubled name, a segment that does not fit its shape, or a failed write
     */
    public static FileRecord write(Path file, Map<String, String> metadata, List<NamedTensor> tensors) {
        return write(new DiskFileOps(), file, metadata, tensors);
    }

    /** As {@link #write}, with tensors that are made while they are written. */
    public static FileRecord stream(Path file, Map<String, String> metadata, List<StreamedTensor> tensors) {
        return stream(new DiskFileOps(), file, metadata, tensors);
    }

    static FileRecord write(FileOps ops, Path file, Map<String, String> metadata, List<NamedTensor> tensors) {
        return stream(
                ops, file, metadata, tensors.stream().map(NamedTensor::streamed).toList());
    }

    static FileRecord stream(FileOps ops, Path file, Map<String, String> metadata, List<StreamedTensor> tensors) {
        String fileName = file.getFileName().toString();
        try {
            FileRecord.requireName(fileName);
        } catch (IllegalArgumentException e) {
            throw CheckpointException.of(file, e.getMessage());
        }
        Map<TensorInfo, StreamedTensor.Content> placed = place(file, tensors);
        byte[] header = header(file, metadata, new ArrayList<>(placed.keySet()));
        MessageDigest digest = Sha256.start();
        long bytes = header.length;
        try (FileOps.Output out = ops.create(file)) {
            digest.update(header);
            out.write(ByteBuffer.wrap(header));
            byte[] chunk = new byte[CHUNK_BYTES];
            for (StreamedTensor.Content data : placed.values()) {
                copy(data, chunk, digest, out);
                bytes += data.byteSize();
            }
            out.force();
        } catch (IOException e) {
            throw CheckpointException.io("write", file, e);
        }
        return new FileRecord(fileName, bytes, Sha256.finish(digest));
    }

    private static void copy(StreamedTensor.Content data, byte[] chunk, MessageDigest digest, FileOps.Output out)
            throws IOException {
        for (long at = 0; at < data.byteSize(); at += chunk.length) {
            int length = (int) Math.min(chunk.length, data.byteSize() - at);
            data.copy(at, chunk, length);
            digest.update(chunk, 0, length);
            out.write(ByteBuffer.wrap(chunk, 0, length));
        }
    }

    private static Map<TensorInfo, StreamedTensor.Content> place(Path file, List<StreamedTensor> tensors) {
        List<StreamedTensor> sorted = new ArrayList<>(tensors);
        sorted.sort(Comparator.comparingInt(
                        (StreamedTensor tensor) -> -tensor.dtype().byteSize())
                .thenComparing(StreamedTensor::name));
        Map<TensorInfo, StreamedTensor.Content> placed = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        long offset = 0;
        for (StreamedTensor tensor : sorted) {
            String where = "tensor " + CheckpointException.quote(tensor.name());
            if (!names.add(tensor.name())) {
                throw CheckpointException.of(file, where + " is given twice");
            }
            if (tensor.name().equals(SafetensorsHeader.METADATA) || !SafetensorsHeader.isUnicode(tensor.name())) {
                throw CheckpointException.of(file, where + ": the name is reserved or not valid Unicode");
            }
            long bytes = bytesOf(file, where, tensor);
            placed.put(new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape(), offset, bytes), tensor.content());
            offset = Math.addExact(offset, bytes);
        }
        return placed;
    }

    private static long bytesOf(Path file, String where, StreamedTensor tensor) {
        long bytes;
        try {
            bytes = tensor.dtype().byteSize(tensor.shape());
        } catch (ArithmeticException e) {
            throw CheckpointException.of(
                    file, where + " shape " + Arrays.toString(tensor.shape()) + ": " + e.getMessage());
        }
        if (tensor.content().byteSize() != bytes) {
            throw CheckpointException.mismatch(
                    file,
                    where + " " + tensor.dtype() + " " + Arrays.toString(tensor.shape()) + " bytes",
                    bytes,
                    tensor.content().byteSize());
        }
        return bytes;
    }

    /** Length field, JSON and padding. */
    private static byte[] header(Path file, Map<String, String> metadata, List<TensorInfo> tensors) {
        metadata.forEach((key, value) -> {
            if (!SafetensorsHeader.isUnicode(key) || !SafetensorsHeader.isUnicode(value)) {
                throw CheckpointException.of(
                        file, "metadata " + CheckpointException.quote(key) + " is not valid Unicode");
            }
        });
        byte[] json;
        try {
            json = new SafetensorsHeader(new TreeMap<>(metadata), tensors).toJson();
        } catch (IOException e) {
            throw CheckpointException.io("build the header", file, e);
        }
        int total = Math.ceilDiv(Long.BYTES + json.length, DATA_ALIGNMENT) * DATA_ALIGNMENT;
        int length = total - Long.BYTES;
        if (length > SafetensorsHeader.MAX_BYTES) {
            throw CheckpointException.mismatch(file, "header bytes", "at most " + SafetensorsHeader.MAX_BYTES, length);
        }
        ByteBuffer header = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(length).put(json);
        byte[] padding = " ".repeat(header.remaining()).getBytes(StandardCharsets.US_ASCII);
        return header.put(padding).array();
    }
}
