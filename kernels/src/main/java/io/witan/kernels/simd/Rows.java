package io.witan.kernels.simd;

import static io.witan.kernels.simd.Lanes.COUNT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Reductions and updates of one row of n fp32 numbers. Sums run in two vector accumulators (even and odd vectors), which
 * are added, and then their lanes as a tree.
 */
public final class Rows {
    private Rows() {}

    private static FloatVector zeros() {
        return FloatVector.zero(Lanes.SPECIES);
    }

    private static FloatVector fma(FloatVector a, FloatVector b, FloatVector sum) {
        return a.lanewise(VectorOperators.FMA, b, sum);
    }

    public static float sum(long a, int n) {
        FloatVector even = zeros();
        FloatVector odd = zeros();
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            even = even.add(Lanes.load(a + 4L * i));
            odd = odd.add(Lanes.load(a + 4L * (i + COUNT)));
        }
        for (; i < n; i += COUNT) {
            even = even.add(Lanes.load(a + 4L * i, Lanes.first(n - i)));
        }
        return Lanes.sum(even.add(odd));
    }

    public static float dot(long a, long b, int n) {
        FloatVector even = zeros();
        FloatVector odd = zeros();
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            even = fma(Lanes.load(a + 4L * i), Lanes.load(b + 4L * i), even);
            odd = fma(Lanes.load(a + 4L * (i + COUNT)), Lanes.load(b + 4L * (i + COUNT)), odd);
        }
        for (; i < n; i += COUNT) {
            VectorMask<Float> mask = Lanes.first(n - i);
            even = fma(Lanes.load(a + 4L * i, mask), Lanes.load(b + 4L * i, mask), even);
        }
        return Lanes.sum(even.add(odd));
    }

    /** Sum of (a - centre)^2. */
    public static float sumOfSquaredDifferences(long a, float centre, int n) {
        FloatVector even = zeros();
        FloatVector odd = zeros();
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            FloatVector first = Lanes.load(a + 4L * i).sub(centre);
            FloatVector second = Lanes.load(a + 4L * (i + COUNT)).sub(centre);
            even = fma(first, first, even);
            odd = fma(second, second, odd);
        }
        for (; i < n; i += COUNT) {
            VectorMask<Float> mask = Lanes.first(n - i);
            FloatVector d = zeros().blend(Lanes.load(a + 4L * i, mask).sub(centre), mask);
            even = fma(d, d, even);
        }
        return Lanes.sum(even.add(odd));
    }

    /** Largest element; NaNs are passed over. -infinity for n = 0. */
    public static float max(long a, int n) {
        FloatVector even = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector odd = even;
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            FloatVector first = Lanes.load(a + 4L * i);
            FloatVector second = Lanes.load(a + 4L * (i + COUNT));
            even = even.blend(first, first.compare(VectorOperators.GT, even));
            odd = odd.blend(second, second.compare(VectorOperators.GT, odd));
        }
        for (; i < n; i += COUNT) {
            VectorMask<Float> mask = Lanes.first(n - i);
            FloatVector v = Lanes.load(a + 4L * i, mask);
            even = even.blend(v, v.compare(VectorOperators.GT, even).and(mask));
        }
        return even.max(odd).reduceLanes(VectorOperators.MAX);
    }

    /** to = e^(factor * a - shift), for factor 1 or -1; returns the sum. to may be a. */
    public static float exp(long a, long to, float factor, float shift, int n) {
        FloatVector sum = zeros();
        int whole = n / COUNT * COUNT;
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector e = VectorMath.exp(Lanes.load(a + 4L * i).lanewise(VectorOperators.FMA, factor, -shift));
            Lanes.store(e, to + 4L * i);
            sum = sum.add(e);
        }
        float total = Lanes.sum(sum);
        return whole < n ? total + expTail(a + 4L * whole, to + 4L * whole, factor, shift, n - whole) : total;
    }

    private static float expTail(long a, long to, float factor, float shift, int left) {
        VectorMask<Float> mask = Lanes.first(left);
        FloatVector e = VectorMath.exp(Lanes.load(a, mask).lanewise(VectorOperators.FMA, factor, -shift));
        Lanes.store(e, to, mask);
        return Lanes.sum(zeros().blend(e, mask));
    }

    /** a *= factor. */
    public static void scale(long a, float factor, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            Lanes.store(Lanes.load(a + 4L * i).mul(factor), a + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            Lanes.store(Lanes.load(a + 4L * i, mask).mul(factor), a + 4L * i, mask);
        }
    }

    /** to = a * b; to may be either. */
    public static void multiply(long a, long b, long to, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            Lanes.store(Lanes.load(a + 4L * i).mul(Lanes.load(b + 4L * i)), to + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            Lanes.store(Lanes.load(a + 4L * i, mask).mul(Lanes.load(b + 4L * i, mask)), to + 4L * i, mask);
        }
    }

    /** to = factor * a. */
    public static void scaled(long a, float factor, long to, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            Lanes.store(Lanes.load(a + 4L * i).mul(factor), to + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            Lanes.store(Lanes.load(a + 4L * i, mask).mul(factor), to + 4L * i, mask);
        }
    }

    /** to += a. */
    public static void add(long a, long to, int n) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            Lanes.store(Lanes.load(to + 4L * i).add(Lanes.load(a + 4L * i)), to + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            Lanes.store(Lanes.load(to + 4L * i, mask).add(Lanes.load(a + 4L * i, mask)), to + 4L * i, mask);
        }
    }

    /** to += factor * a, fused. */
    public static void addScaled(long a, float factor, long to, int n) {
        FloatVector f = FloatVector.broadcast(Lanes.SPECIES, factor);
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            Lanes.store(fma(Lanes.load(a + 4L * i), f, Lanes.load(to + 4L * i)), to + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            Lanes.store(fma(Lanes.load(a + 4L * i, mask), f, Lanes.load(to + 4L * i, mask)), to + 4L * i, mask);
        }
    }
}
