package io.witan.benchmarks.collectives;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.RegisteredBuffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The buffers of one line, freed together. One thread. */
final class BenchMemory implements AutoCloseable {
    private final CommunicatorGroup group;
    private final List<RegisteredBuffer> buffers = new ArrayList<>();

    BenchMemory(CommunicatorGroup group) {
        this.group = group;
    }

    /**
     * @param bytes 0 or more
     * @throws io.witan.collectives.CollectiveException TRANSPORT if the node has not so much shared memory left
     */
    MemorySegment allocate(long bytes) {
        RegisteredBuffer buffer = group.allocate(Math.max(Float.BYTES, bytes));
        buffers.add(buffer);
        return buffer.segment().asSlice(0, bytes);
    }

    @Override
    public void close() {
        buffers.forEach(RegisteredBuffer::close);
        buffers.clear();
    }
}
