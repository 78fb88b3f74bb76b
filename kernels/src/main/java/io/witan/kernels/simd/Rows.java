package io.witan.kernels.simd;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Reductions and updates of one row of n fp32 numbers. Sums run in two vector accumulators (even and odd vectors), which
 * are added, and then their lanes as a tree.
 */
public final class Rows {
    private Rows() {}

    public static float sum(long a, int n) {
        FloatVector even = FloatVector.zero(SPECIES);
        FloatVector odd = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            even = even.add(fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER));
            odd = odd.add(fromMemorySegment(SPECIES, MEMORY, a + 4L * (i + COUNT), ORDER));
        }
        for (; i < n; i += COUNT) {
            even = even.add(fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, SPECIES.indexInRange(0, n - i)));
        }
        return Lanes.sum(even.add(odd));
    }

    public static float dot(long a, long b, int n) {
        FloatVector even = FloatVector.zero(SPECIES);
        FloatVector odd = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            even = fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER)
                    .lanewise(VectorOperators.FMA, fromMemorySegment(SPECIES, MEMORY, b + 4L * i, ORDER), even);
            odd = fromMemorySegment(SPECIES, MEMORY, a + 4L * (i + COUNT), ORDER)
                    .lanewise(
                            VectorOperators.FMA, fromMemorySegment(SPECIES, MEMORY, b + 4L * (i + COUNT), ORDER), odd);
        }
        for (; i < n; i += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            even = fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask)
                    .lanewise(VectorOperators.FMA, fromMemorySegment(SPECIES, MEMORY, b + 4L * i, ORDER, mask), even);
        }
        return Lanes.sum(even.add(odd));
    }

    /** Sum of (a - centre)^2. */
    public static float sumOfSquaredDifferences(long a, float centre, int n) {
        FloatVector even = FloatVector.zero(SPECIES);
        FloatVector odd = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            FloatVector first =
                    fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER).sub(centre);
            FloatVector second = fromMemorySegment(SPECIES, MEMORY, a + 4L * (i + COUNT), ORDER)
                    .sub(centre);
            even = first.lanewise(VectorOperators.FMA, first, even);
            odd = second.lanewise(VectorOperators.FMA, second, odd);
        }
        for (; i < n; i += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            FloatVector d = FloatVector.zero(SPECIES)
                    .blend(
                            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask)
                                    .sub(centre),
                            mask);
            even = d.lanewise(VectorOperators.FMA, d, even);
        }
        return Lanes.sum(even.add(odd));
    }

    /** Largest element; NaNs are passed over. -infinity for n = 0. */
    public static float max(long a, int n) {
        FloatVector even = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector odd = even;
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            FloatVector first = fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER);
            FloatVector second = fromMemorySegment(SPECIES, MEMORY, a + 4L * (i + COUNT), ORDER);
            even = even.blend(first, first.compare(VectorOperators.GT, even));
            odd = odd.blend(second, second.compare(VectorOperators.GT, odd));
        }
        for (; i < n; i += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask);
            even = even.blend(v, v.compare(VectorOperators.GT, even).and(mask));
        }
        return even.max(odd).reduceLanes(VectorOperators.MAX);
    }

    /**
     * to = e^(a - shift), accurate as {@link Elementary#exp}; returns the sum. to may be a.
     *
     * @param pad one vector of scratch memory, for the last elements
     */
    public static float exp(long a, long to, float shift, int n, long pad) {
        int whole = n / COUNT * COUNT;
        float total = Elementary.exp(a, to, 1f, shift, whole);
        if (whole < n) {
            long left = 4L * (n - whole);
            Lanes.copy(a + 4L * whole, pad, left);
            Elementary.exp(pad, pad, 1f, shift, COUNT);
            Lanes.copy(pad, to + 4L * whole, left);
            total += sum(pad, n - whole);
        }
        return total;
    }

    /** to = a. */
    public static void copy(long a, long to, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER).intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask)
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER, mask);
        }
    }

    /** a *= factor. */
    public static void scale(long a, float factor, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER)
                    .mul(factor)
                    .intoMemorySegment(MEMORY, a + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask)
                    .mul(factor)
                    .intoMemorySegment(MEMORY, a + 4L * i, ORDER, mask);
        }
    }

    /** to = a * b; to may be either. */
    public static void multiply(long a, long b, long to, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER)
                    .mul(fromMemorySegment(SPECIES, MEMORY, b + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask)
                    .mul(fromMemorySegment(SPECIES, MEMORY, b + 4L * i, ORDER, mask))
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER, mask);
        }
    }

    /** to = factor * a. */
    public static void scaled(long a, float factor, long to, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER)
                    .mul(factor)
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask)
                    .mul(factor)
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER, mask);
        }
    }

    /** to += a. */
    public static void add(long a, long to, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, to + 4L * i, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, to + 4L * i, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask))
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER, mask);
        }
    }

    /** to += factor * a, fused. */
    public static void addScaled(long a, float factor, long to, int n) {
        FloatVector f = FloatVector.broadcast(SPECIES, factor);
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER)
                    .lanewise(VectorOperators.FMA, f, fromMemorySegment(SPECIES, MEMORY, to + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER, mask)
                    .lanewise(VectorOperators.FMA, f, fromMemorySegment(SPECIES, MEMORY, to + 4L * i, ORDER, mask))
                    .intoMemorySegment(MEMORY, to + 4L * i, ORDER, mask);
        }
    }
}
