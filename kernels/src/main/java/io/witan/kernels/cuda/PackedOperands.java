package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import java.lang.foreign.MemorySegment;

/** fp32 operands cast to bf16, in device memory that grows to the largest call's and is kept. */
final class PackedOperands implements OperandForm {
    private static final int SOURCES = 1;
    private static final int THREADS = 256;
    private static final int BLOCK_ELEMENTS = 4096;

    private final KernelCall packRows;
    private final KernelCall packWeights;
    private final Scratch left;
    private final Scratch right;
    private final Scratch weights;

    PackedOperands(Device device) {
        packRows = device.kernel("pack_operands", "pack_rows");
        packWeights = device.kernel("pack_operands", "pack_weights");
        left = new Scratch(device);
        right = new Scratch(device);
        weights = new Scratch(device);
    }

    private static final class Scratch {
        private final Device device;
        private MemorySegment memory;

        Scratch(Device device) {
            this.device = device;
            memory = device.allocate(0);
        }

        MemorySegment ofBf16(long count) {
            long bytes = count * Short.BYTES;
            if (bytes > memory.byteSize()) {
                MemorySegment larger = device.allocate(bytes);
                device.release(memory);
                memory = larger;
            }
            return memory;
        }
    }

    @Override
    public void check(Widths widths) {
        widths.requireBf16();
    }

    @Override
    public void check(String name, MemorySegment matrix) {
        if (matrix != null) {
            CudaGroupedGemm.aligned(name, matrix);
        }
    }

    @Override
    public void address(GroupTable table, MemorySegment[] sources, long count) {
        int used = 0;
        for (int g = 0; g < sources.length; g++) {
            used += isUsed(table, g) ? 1 : 0;
        }
        long packed = weights.ofBf16(used * count).address();
        for (int g = 0; g < sources.length; g++) {
            if (isUsed(table, g)) {
                table.address(SOURCES, g, sources[g].address());
                table.address(GroupedProducts.MATRICES, g, packed);
                packed += count * Short.BYTES;
            }
        }
    }

    private static boolean isUsed(GroupTable table, int group) {
        return table.offset(group + 1) > table.offset(group);
    }

    @Override
    public void prepare(GroupTable table, long count) {
        packWeights
                .with(table.columnAddress(SOURCES))
                .with(table.columnAddress(GroupedProducts.MATRICES))
                .with(count)
                .launch(blocks(count), table.groups(), THREADS, 0);
    }

    @Override
    public MemorySegment left(MemorySegment rows, long count) {
        return pack(rows, left.ofBf16(count), count);
    }

    @Override
    public MemorySegment right(MemorySegment rows, long count) {
        return pack(rows, right.ofBf16(count), count);
    }

    private MemorySegment pack(MemorySegment from, MemorySegment to, long count) {
        packRows.with(from).with(to).with(count).launch(blocks(count), THREADS);
        return to;
    }

    private static long blocks(long count) {
        return (count + BLOCK_ELEMENTS - 1) / BLOCK_ELEMENTS;
    }
}
