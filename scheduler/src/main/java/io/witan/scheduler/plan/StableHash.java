package io.witan.scheduler.plan;

/** Hash that is the same in every process: no identity hash, no seed, sensitive to order. */
final class StableHash {
    static final long SEED = 0x5749_5441_4E21L;
    private static final long ODD = 0x9E37_79B9_7F4A_7C15L;

    private StableHash() {}

    /** Takes one more value in. One-to-one in either argument, so that a single changed value always changes the hash. */
    static long mix(long hash, long value) {
        long h = (hash ^ value) * ODD;
        return h ^ (h >>> 32);
    }
}
