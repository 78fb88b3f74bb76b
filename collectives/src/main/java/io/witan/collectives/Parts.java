package io.witan.collectives;

/**
 * Parts of a buffer, one a rank. Owned by whoever made it; a call copies what it needs.
 *
 * @param at at[r] = offset of the part of rank r, in bytes
 * @param bytes bytes[r] = its length
 */
public record Parts(long[] at, long[] bytes) {
    /** Parts that follow one another in rank order. */
    static Parts packed(long[] bytes) {
        long[] at = new long[bytes.length];
        for (int r = 1; r < at.length; r++) {
            at[r] = at[r - 1] + bytes[r - 1];
        }
        return new Parts(at, bytes);
    }
}
