package io.witan.benchmarks.gpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Device memory of some cases, freed together, and single elements of it. */
final class Buffers implements AutoCloseable {
    private static final byte POISON = -1;

    private final Device device;
    private final RandomData random;
    private final List<MemorySegment> held = new ArrayList<>();

    Buffers(Device device, RandomData random) {
        this.device = device;
        this.random = random;
    }

    MemorySegment bytes(long count) {
        MemorySegment memory = device.allocate(count);
        held.add(memory);
        return memory;
    }

    MemorySegment fp32(long count) {
        return bytes(count * Float.BYTES);
    }

    MemorySegment bf16(long count) {
        return bytes(count * Short.BYTES);
    }

    Filled randomFp32(long count, int exponent) {
        return random.fp32(fp32(count), count, exponent);
    }

    /** Fills memory that is there. */
    Filled fillFp32(MemorySegment memory, int exponent) {
        return random.fp32(memory, memory.byteSize() / Float.BYTES, exponent);
    }

    Filled randomBf16(long count, int exponent) {
        return random.bf16(bf16(count), count, exponent);
    }

    MemorySegment ints(int... values) {
        MemorySegment memory = bytes((long) values.length * Integer.BYTES);
        try (Arena arena = Arena.ofConfined()) {
            device.copyIn(arena.allocateFrom(JAVA_INT, values), memory, memory.byteSize());
        }
        return memory;
    }

    /** NaN in every element of any floating-point type. */
    void poison(MemorySegment... outputs) {
        for (MemorySegment output : outputs) {
            device.fill(output, POISON, output.byteSize());
        }
    }

    void copy(MemorySegment from, MemorySegment to) {
        device.copyWithin(from, to, to.byteSize());
    }

    float fp32At(MemorySegment memory, long index) {
        return floats(memory, index, 1)[0];
    }

    float[] floats(MemorySegment memory, long index, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(JAVA_FLOAT, count);
            device.copyOut(memory.asSlice(index * Float.BYTES), host, host.byteSize());
            return host.toArray(JAVA_FLOAT);
        }
    }

    float bf16At(MemorySegment memory, long index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(JAVA_SHORT);
            device.copyOut(memory.asSlice(index * Short.BYTES), host, Short.BYTES);
            return Float.intBitsToFloat(host.get(JAVA_SHORT, 0) << 16);
        }
    }

    int[] intsAt(MemorySegment memory, long index, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(JAVA_INT, count);
            device.copyOut(memory.asSlice(index * Integer.BYTES), host, host.byteSize());
            return host.toArray(JAVA_INT);
        }
    }

    @Override
    public void close() {
        held.forEach(device::release);
        held.clear();
    }
}
