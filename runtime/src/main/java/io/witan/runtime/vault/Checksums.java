package io.witan.runtime.vault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** CRC32C (the JDK's intrinsic; about memory speed). Finds torn and rotten data, not malice. */
final class Checksums {
    private static final long LARGEST_VIEW = 1L << 30;

    private Checksums() {}

    /** Views of a segment that a CRC32C takes, made once so that checksumming does not allocate. */
    static ByteBuffer[] views(MemorySegment segment) {
        int count = Math.toIntExact(Math.ceilDiv(segment.byteSize(), LARGEST_VIEW));
        ByteBuffer[] views = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            long at = i * LARGEST_VIEW;
            views[i] = segment.asSlice(at, Math.min(LARGEST_VIEW, segment.byteSize() - at))
                    .asByteBuffer();
        }
        return views;
    }

    static long of(CRC32C crc, ByteBuffer[] views) {
        crc.reset();
        for (ByteBuffer view : views) {
            crc.update(view.clear());
        }
        return crc.getValue();
    }

    /** Goes on with bytes from.. of what the views show. */
    static void update(CRC32C crc, ByteBuffer[] views, long from, long bytes) {
        long at = from;
        while (at < from + bytes) {
            ByteBuffer view = views[(int) (at / LARGEST_VIEW)].clear();
            int begin = (int) (at % LARGEST_VIEW);
            int end = (int) Math.min(view.capacity(), begin + from + bytes - at);
            crc.update(view.limit(end).position(begin));
            at += end - begin;
        }
    }

    static long of(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }

    static long ofFile(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer.clear()) >= 0) {
                crc.update(buffer.flip());
            }
        }
        return crc.getValue();
    }
}
