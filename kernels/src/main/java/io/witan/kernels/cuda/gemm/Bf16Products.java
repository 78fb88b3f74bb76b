package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceScratch;
import java.lang.foreign.MemorySegment;

/** Operands cast to bf16 by launches before the product's, into memory that is kept. */
final class Bf16Products implements LinearProducts {
    private final GroupedGemm gemm;
    private final Bf16Cast cast;
    private final DeviceScratch left;
    private final DeviceScratch right;
    private final DeviceScratch weights;

    Bf16Products(Device device, GroupedGemm gemm) {
        this.gemm = gemm;
        cast = new Bf16Cast(device);
        left = new DeviceScratch(device);
        right = new DeviceScratch(device);
        weights = new DeviceScratch(device);
    }

    @Override
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta) {
        check(widths, "x", x);
        CheckedGemm.aligned("y", y);
        if (offsets[w.length] > 0) {
            MemorySegment packed = pack(x, left, (long) offsets[w.length] * widths.in());
            gemm.forward(packed, offsets, pack(offsets, w, widths), y, widths, beta);
        }
    }

    private static void check(Widths widths, String name, MemorySegment rows) {
        widths.requireBf16();
        CheckedGemm.aligned(name, rows);
    }

    private MemorySegment pack(MemorySegment rows, DeviceScratch to, long count) {
        MemorySegment packed = to.bytes(count * Short.BYTES);
        cast.toBf16(rows, packed, count);
        return packed;
    }

    private MemorySegment[] pack(int[] offsets, MemorySegment[] w, Widths widths) {
        CheckedGemm.aligned("w", w);
        MemorySegment room = weights.bytes(Bf16Cast.weightBytes(offsets, widths.weight()));
        MemorySegment[] packed = cast.listWeights(offsets, w, room, widths.weight());
        cast.castListed(widths.weight());
        return packed;
    }

    @Override
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta) {
        check(widths, "dy", dy);
        CheckedGemm.aligned("dx", dx);
        if (offsets[w.length] > 0) {
            MemorySegment packed = pack(dy, left, (long) offsets[w.length] * widths.out());
            gemm.backwardInput(packed, offsets, pack(offsets, w, widths), dx, widths, beta);
        }
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta) {
        check(widths, "dy", dy);
        check(widths, "x", x);
        CheckedGemm.aligned("dw", dw);
        long rows = offsets[dw.length];
        MemorySegment packedDy = pack(dy, left, rows * widths.out());
        MemorySegment packedX = pack(x, right, rows * widths.in());
        gemm.backwardWeight(packedDy, offsets, packedX, dw, widths, beta);
    }
}
