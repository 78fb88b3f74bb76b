package io.witan.kernels.cuda.gemm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Between fp32 and bf16, the upper half of an fp32. {@code count} is a number of elements; from and to do not overlap. bf16 is
 * rounded to nearest, ties to even; a NaN stays one.
 */
public final class Bf16Cast {
    private static final int THREADS = 256;

    /** Elements of a block (cast.cu). */
    private static final int SPAN = 4096;

    /** Two addresses. */
    private static final long ENTRY_BYTES = 2 * Long.BYTES;

    private final KernelCall toBf16;
    private final KernelCall toFp32;
    private final KernelCall listedToBf16;
    private final StagedMemory list;
    private int listed;

    public Bf16Cast(Device device) {
        toBf16 = device.kernel("cast", "cast_to_bf16");
        toFp32 = device.kernel("cast", "cast_to_fp32");
        listedToBf16 = device.kernel("cast", "cast_listed_to_bf16");
        list = new StagedMemory(device);
    }

    /** to = from, rounded. */
    public void toBf16(MemorySegment from, MemorySegment to, long count) {
        Operand.in("toBf16 from", from, count);
        Operand.out("toBf16 to", to, ElementFormat.BF16.words(count));
        toBf16.with(from).with(to).with(count).launch(blocks(count), THREADS);
    }

    /** to = from. */
    public void toFp32(MemorySegment from, MemorySegment to, long count) {
        Operand.in("toFp32 from", from, ElementFormat.BF16.words(count));
        Operand.out("toFp32 to", to, count);
        toFp32.with(from).with(to).with(count).launch(blocks(count), THREADS);
    }

    private static long blocks(long count) {
        return (count + SPAN - 1) / SPAN;
    }

    /** Bytes of the bf16 weights of groups with rows, each of so many elements. */
    public static long weightBytes(int[] offsets, long count) {
        long used = 0;
        for (int g = 0; g + 1 < offsets.length; g++) {
            used += offsets[g + 1] > offsets[g] ? 1 : 0;
        }
        return used * count * Short.BYTES;
    }

    /**
     * Lists the weights of groups with rows for {@link #castListed}.
     *
     * @param to of {@link #weightBytes}
     * @param count elements of a weight
     * @return where in {@code to} each group's will be; null for groups without rows
     */
    public MemorySegment[] listWeights(int[] offsets, MemorySegment[] from, MemorySegment to, long count) {
        MemorySegment[] places = places(offsets, to, count);
        for (int g = 0; g < places.length; g++) {
            if (places[g] != null) {
                MemorySegment host = list.host((listed + 1) * ENTRY_BYTES);
                host.set(JAVA_LONG, listed * ENTRY_BYTES, from[g].address());
                host.set(JAVA_LONG, listed * ENTRY_BYTES + Long.BYTES, places[g].address());
                listed++;
            }
        }
        return places;
    }

    /** Where {@link #listWeights} puts weights. */
    public static MemorySegment[] places(int[] offsets, MemorySegment to, long count) {
        MemorySegment[] places = new MemorySegment[offsets.length - 1];
        long at = 0;
        for (int g = 0; g < places.length; g++) {
            if (offsets[g + 1] > offsets[g]) {
                places[g] = to.asSlice(at, count * Short.BYTES);
                at += count * Short.BYTES;
            }
        }
        return places;
    }

    /** Casts what was listed since the last time, arrays of so many elements each, in one launch. */
    public void castListed(long count) {
        list.upload(listed * ENTRY_BYTES);
        listedToBf16.with(list.address()).with(count).launch(blocks(count), listed, THREADS, 0);
        listed = 0;
    }
}
