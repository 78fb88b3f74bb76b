package io.witan.scheduler.predict;

/** The order in which planners take experts, and exact comparisons of loads: the same on every rank. */
public final class LoadOrder {
    private LoadOrder() {}

    /** Positions 0..n-1 in descending order of load; equal loads in ascending order of position. */
    public static int[] descending(long[] load) {
        int[] order = new int[load.length];
        for (int i = 0; i < load.length; i++) {
            int at = upperBound(order, i, load, load[i]);
            System.arraycopy(order, at, order, at + 1, i - at);
            order[at] = i;
        }
        return order;
    }

    /** First position in the sorted part of the order whose load is below the given one. */
    private static int upperBound(int[] order, int sortedCount, long[] load, long value) {
        int low = 0;
        int high = sortedCount;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (load[order[middle]] >= value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Compares loadA / sharesA with loadB / sharesB without rounding or overflow.
     *
     * @param sharesA at least 1
     * @param sharesB at least 1
     * @return negative, zero or positive, as a comparator
     */
    public static int compareRatios(long loadA, long sharesA, long loadB, long sharesB) {
        if ((loadA | sharesA | loadB | sharesB) >>> (Integer.SIZE - 1) == 0) {
            return Long.compare(loadA * sharesB, loadB * sharesA);
        }
        int high = Long.compare(Math.multiplyHigh(loadA, sharesB), Math.multiplyHigh(loadB, sharesA));
        return high != 0 ? high : Long.compareUnsigned(loadA * sharesB, loadB * sharesA);
    }

    /**
     * Loads in another unit, all alike, so that their sum has so many bits: parts of small loads keep digits, sums of large ones do
     * not overflow. Rounded down.
     *
     * @param load 0 or more, sum below 2^63; read only
     * @param totalBits 1..62
     */
    public static long[] scaled(long[] load, int totalBits) {
        long total = 0;
        for (long l : load) {
            total += l;
        }
        int shift = totalBits - (Long.SIZE - Long.numberOfLeadingZeros(total));
        long[] scaled = new long[load.length];
        for (int e = 0; e < load.length; e++) {
            scaled[e] = shift >= 0 ? load[e] << shift : load[e] >> -shift;
        }
        return scaled;
    }

    /**
     * The load of each expert.
     *
     * @param counts counts[s][e] of at least one source rank s
     */
    public static long[] total(int[][] counts) {
        long[] load = new long[counts[0].length];
        for (int[] ofSource : counts) {
            for (int e = 0; e < load.length; e++) {
                load[e] += ofSource[e];
            }
        }
        return load;
    }

    /**
     * Checks one layer's loads.
     *
     * @return their sum
     * @throws IllegalArgumentException if there is not one load for each expert, one is negative, or their sum passes 2^63-1
     */
    public static long checkedTotal(long[] load, int expertCount) {
        if (load.length != expertCount) {
            throw new IllegalArgumentException(load.length + " loads for " + expertCount + " experts");
        }
        long total = 0;
        for (int e = 0; e < load.length; e++) {
            if (load[e] < 0 || load[e] > Long.MAX_VALUE - total) {
                throw new IllegalArgumentException("load of expert " + e + " is " + load[e]
                        + ", allowed from 0 to a sum over the layer of 2^63-1");
            }
            total += load[e];
        }
        return total;
    }
}
