package io.witan.kernels.reference;

/**
 * How far fp32 results may lie from the exact ones, from the type and the length of the sums alone. u = 2^-24 is the unit
 * roundoff. A sum of n products with random signs is off by about u sqrt(n) of its own size; the factors 8 and 4 leave
 * room for the few roundings around it and for the worst of many elements.
 *
 * @param relative error allowed, as a share of the magnitude
 * @param absolute error allowed in any case (results near or below the smallest normal number)
 */
public record Tolerance(double relative, double absolute, Scale scale) {
    private static final double U = 0x1p-24;
    private static final double BF16_U = 0x1p-9;

    /** What counts as the magnitude of an element. */
    public enum Scale {
        /** Itself: for results without cancellation. */
        ELEMENT,
        /** The largest magnitude of its array: for sums, which may cancel. */
        LARGEST
    }

    /** Element-wise results of a few roundings. */
    public static Tolerance roundings(int count) {
        return new Tolerance(U * count, Float.MIN_NORMAL, Scale.ELEMENT);
    }

    /** Results that contain sums of n terms. */
    public static Tolerance sums(long n) {
        return new Tolerance(U * (8 + 4 * Math.sqrt(n)), Float.MIN_NORMAL, Scale.LARGEST);
    }

    /**
     * Sums of n products of operands rounded to bf16, added in fp32. A product is off by up to 2 u of itself, u = 2^-9; with
     * random signs a sum of n is then off by about u sqrt(n) of a product, which is u of its own size whatever n. The factor 4
     * leaves room for the worst of many elements.
     */
    public static Tolerance bf16Sums(long n) {
        return new Tolerance(4 * BF16_U + sums(n).relative, Float.MIN_NORMAL, Scale.LARGEST);
    }

    /** So many of these in a row. */
    public Tolerance times(double steps) {
        return new Tolerance(relative * steps, absolute, scale);
    }

    /** The same, but never below a share of a magnitude that the results themselves do not show. */
    public Tolerance around(double magnitude) {
        return new Tolerance(relative, Math.max(absolute, relative * magnitude), scale);
    }

    /** @throws AssertionError naming the worst element, if one lies too far off */
    public void check(String what, double[] expected, float[] actual) {
        if (expected.length != actual.length) {
            throw new AssertionError(what + ": " + actual.length + " elements, expected " + expected.length);
        }
        double largest = 0;
        for (double e : expected) {
            largest = Math.max(largest, Math.abs(e));
        }
        int worst = -1;
        double worstExcess = 0;
        for (int i = 0; i < expected.length; i++) {
            double size = scale == Scale.ELEMENT ? Math.abs(expected[i]) : largest;
            double excess = Math.abs(actual[i] - expected[i]) / (absolute + relative * size);
            if (Double.isNaN(excess) || excess > Math.max(1, worstExcess)) {
                worst = i;
                worstExcess = Double.isNaN(excess) ? Double.POSITIVE_INFINITY : excess;
            }
        }
        if (worst >= 0) {
            throw new AssertionError(what + "[" + worst + "] = " + actual[worst] + ", expected " + expected[worst]
                    + ": " + worstExcess + " times the tolerance " + this);
        }
    }
}
