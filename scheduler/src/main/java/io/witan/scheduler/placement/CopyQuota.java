package io.witan.scheduler.placement;

import io.witan.scheduler.predict.LoadOrder;

/** Shares copy slots out in proportion to load. */
final class CopyQuota {
    private CopyQuota() {}

    /**
     * Largest-remainder shares of the slots, then capped. What the cap leaves over is not given out here.
     *
     * @param load each above 0, descending
     * @param slots slots to share, at least 0
     * @param cap most that one expert can use
     */
    static int[] proportional(long[] load, int slots, int cap) {
        long[] scaled = scaledToFit(load, slots);
        long total = 0;
        for (long l : scaled) {
            total += l;
        }
        int[] quota = new int[load.length];
        long[] remainder = new long[load.length];
        int left = slots;
        for (int i = 0; i < load.length; i++) {
            quota[i] = (int) (scaled[i] * slots / total);
            remainder[i] = scaled[i] * slots % total;
            left -= quota[i];
        }
        int[] byRemainder = LoadOrder.descending(remainder);
        for (int i = 0; i < left && i < load.length; i++) {
            quota[byRemainder[i]]++;
        }
        for (int i = 0; i < load.length; i++) {
            quota[i] = Math.min(quota[i], cap);
        }
        return quota;
    }

    /** Loads so large that load x slots would pass 63 bits lose low bits, all alike: only proportions count. */
    private static long[] scaledToFit(long[] load, int slots) {
        long total = 0;
        for (long l : load) {
            total += l;
        }
        int productBits =
                Long.SIZE - Long.numberOfLeadingZeros(total) + Integer.SIZE - Integer.numberOfLeadingZeros(slots);
        int excessBits = productBits - (Long.SIZE - 1);
        long[] scaled = load.clone();
        for (int i = 0; i < scaled.length && excessBits > 0; i++) {
            scaled[i] >>= excessBits;
        }
        return scaled;
    }
}
