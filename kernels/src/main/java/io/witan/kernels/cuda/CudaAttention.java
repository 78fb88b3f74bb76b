package io.witan.kernels.cuda;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceScratch;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Products of bf16 with sums of fp32, in one pass over the keys. Heads are {@value #CHANNELS}, 16, .. {@value #WIDEST} wide; inside
 * they are filled up to 32, 64 or 128. Forward saves one float a row and head: the base-2 logarithm of its sum of exponentials.
 */
final class CudaAttention implements AttentionKernel {
    private static final int CHANNELS = 8;
    private static final int WIDEST = 128;

    /** Rows of one head that a block of the attention kernels takes. */
    private static final int ROWS = 128;

    private static final int PACK_THREADS = 256;
    private static final int PACKED_BY_BLOCK = 8192;
    private static final int PARTS = 3;

    /** The kernels of heads that are filled up to {@code width}; their sizes must be those of the sources. */
    private record Width(int width, KernelCall forward, KernelCall keys, KernelCall queries) {
        static Width of(Device device, int width) {
            return new Width(
                    width,
                    device.kernel("attention_forward", "attention_forward_" + width),
                    device.kernel("attention_backward", "attention_backward_keys_" + width),
                    device.kernel("attention_backward", "attention_backward_queries_" + width));
        }

        /** 128 queries and two stages of 64 keys and values. */
        int forwardBytes() {
            return 2 * width * (ROWS + 2 * 2 * 64);
        }

        int keysThreads() {
            return width == WIDEST ? 256 : 128;
        }

        /** 128 keys and values and two stages of 64 queries, gradients and statistics. */
        int keysBytes() {
            return 2 * width * (2 * ROWS + 2 * 2 * 64) + 2 * 64 * 8;
        }

        /** 128 queries, gradients and statistics and two stages of 32 or 64 keys and values. */
        int queriesBytes() {
            int keys = width == WIDEST ? 32 : 64;
            return 2 * width * (2 * ROWS + 2 * 2 * keys) + ROWS * 8;
        }
    }

    private final Width[] widths;
    private final KernelCall pack;
    private final KernelCall packGradient;
    private final DeviceScratch scratch;
    private final int sharedBytes;

    CudaAttention(Device device) {
        widths = new Width[] {Width.of(device, 32), Width.of(device, 64), Width.of(device, WIDEST)};
        pack = device.kernel("attention_pack", "attention_pack");
        packGradient = device.kernel("attention_pack", "attention_pack_gradient");
        scratch = new DeviceScratch(device);
        sharedBytes = device.info().sharedBytes();
    }

    @Override
    public long savedFloats(Shape shape) {
        check(shape);
        return rows(shape);
    }

    @Override
    public void forward(MemorySegment qkv, MemorySegment out, MemorySegment saved, Shape shape) {
        long tokens = (long) shape.sequences() * shape.positions();
        Operand.out("attention saved", saved, savedFloats(shape));
        Operand.in("attention qkv", qkv, PARTS * tokens * shape.width());
        Operand.out("attention out", out, tokens * shape.width());
        aligned("attention qkv", qkv);
        aligned("attention out", out);
        if (tokens * shape.width() == 0) {
            return;
        }
        Width kernels = kernels(shape);
        long part = rows(shape) * kernels.width * Short.BYTES;
        long keys = scratch.bytes(2 * part).address();
        pack(kernels, qkv, keys, 1, shape);
        kernels.forward
                .with(qkv)
                .with(keys)
                .with(keys + part)
                .with(out)
                .with(saved)
                .with(shape.heads())
                .with(shape.positions())
                .with(channels(shape))
                .with((float) (1 / (Math.log(2) * Math.sqrt(channels(shape)))))
                .launch(blocks(shape, ROWS), 1, ROWS, kernels.forwardBytes());
    }

    /** Rounds q, k and v from {@code first} on. */
    private void pack(Width kernels, MemorySegment qkv, long to, int first, Shape shape) {
        pack.with(qkv)
                .with(to)
                .with(first)
                .with(shape.sequences() * shape.heads())
                .with(shape.heads())
                .with(shape.positions())
                .with(channels(shape))
                .with(kernels.width)
                .launch((PARTS - first) * blocks(shape, PACKED_BY_BLOCK / kernels.width), PACK_THREADS);
    }

    @Override
    public void backward(
            MemorySegment qkv,
            MemorySegment out,
            MemorySegment saved,
            MemorySegment dOut,
            MemorySegment dQkv,
            Shape shape) {
        long tokens = (long) shape.sequences() * shape.positions();
        Operand.in("attention saved", saved, savedFloats(shape));
        Operand.in("attention qkv", qkv, PARTS * tokens * shape.width());
        Operand.in("attention out", out, tokens * shape.width());
        Operand.in("attention dOut", dOut, tokens * shape.width());
        Operand.out("attention dQkv", dQkv, PARTS * tokens * shape.width());
        aligned("attention qkv", qkv);
        aligned("attention out", out);
        aligned("attention dOut", dOut);
        aligned("attention dQkv", dQkv);
        if (tokens * shape.width() == 0) {
            return;
        }
        Width kernels = kernels(shape);
        if (kernels.keysBytes() > sharedBytes) {
            throw new KernelUnavailableException("attention backward of heads " + channels(shape) + " wide needs "
                    + kernels.keysBytes() + " bytes of shared memory a block, this GPU has " + sharedBytes);
        }
        long part = rows(shape) * kernels.width * Short.BYTES;
        long packed = scratch.bytes((PARTS + 1) * part + rows(shape) * 2 * Float.BYTES)
                .address();
        long gradients = packed + PARTS * part;
        long statistics = gradients + part;
        pack(kernels, qkv, packed, 0, shape);
        packGradient(kernels, dOut, out, saved, gradients, shape);
        KernelCall keys = backward(kernels.keys, packed, gradients, statistics, dQkv, shape);
        keys.launch(blocks(shape, ROWS), 1, kernels.keysThreads(), kernels.keysBytes());
        KernelCall queries = backward(kernels.queries, packed, gradients, statistics, dQkv, shape);
        queries.launch(blocks(shape, ROWS), 1, ROWS, kernels.queriesBytes());
    }

    /** Rounds dOut; behind it come the statistics of its rows. */
    private void packGradient(
            Width kernels, MemorySegment dOut, MemorySegment out, MemorySegment saved, long to, Shape shape) {
        packGradient
                .with(dOut)
                .with(out)
                .with(saved)
                .with(to)
                .with(to + rows(shape) * kernels.width * Short.BYTES)
                .with(shape.heads())
                .with(shape.positions())
                .with(channels(shape))
                .with(kernels.width)
                .launch(blocks(shape, PACKED_BY_BLOCK / kernels.width), PACK_THREADS);
    }

    private static KernelCall backward(
            KernelCall call, long packed, long gradients, long statistics, MemorySegment dQkv, Shape shape) {
        double root = Math.sqrt(channels(shape));
        return call.with(packed)
                .with(gradients)
                .with(statistics)
                .with(dQkv)
                .with(shape.heads())
                .with(shape.sequences() * shape.heads())
                .with(shape.positions())
                .with(channels(shape))
                .with((float) (1 / (Math.log(2) * root)))
                .with((float) (1 / root));
    }

    /** Blocks that take so many positions of one head each. */
    private static long blocks(Shape shape, int rows) {
        return (long) shape.sequences() * shape.heads() * ((shape.positions() + rows - 1) / rows);
    }

    private static int channels(Shape shape) {
        return shape.headWidth();
    }

    private static long rows(Shape shape) {
        return (long) shape.sequences() * shape.heads() * shape.positions();
    }

    private Width kernels(Shape shape) {
        int channels = channels(shape);
        return widths[channels <= 32 ? 0 : channels <= 64 ? 1 : 2];
    }

    /** @throws IllegalArgumentException if heads share keys and values */
    static void multiHead(String operation, Shape shape) {
        if (shape.kvHeads() != shape.heads()) {
            throw new IllegalArgumentException(
                    operation + ": " + shape + " has grouped queries, which kernels on a GPU do not have");
        }
    }

    private static void aligned(String name, MemorySegment segment) {
        if (!Vectors.aligned(segment)) {
            throw new IllegalArgumentException(
                    name + " begins at " + segment.address() + ", which is no multiple of " + Vectors.BYTES + " bytes");
        }
    }

    private static void check(Shape shape) {
        multiHead("attention", shape);
        int channels = channels(shape);
        if (channels % CHANNELS != 0 || channels > WIDEST) {
            throw new IllegalArgumentException("attention: " + shape + " has heads " + channels
                    + " wide, allowed on a GPU are multiples of " + CHANNELS + " up to " + WIDEST);
        }
    }
}
