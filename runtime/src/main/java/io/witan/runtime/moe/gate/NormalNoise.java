package io.witan.runtime.moe.gate;

import io.witan.runtime.routing.Mixed;

/**
 * Standard normal numbers for every step, token and expert, each from these alone (Box and Muller 1958): the same on any rank, and again in
 * backward.
 *
 * @param seed differs from layer to layer
 */
record NormalNoise(long seed) {
    /** Uniform numbers have so many bits. */
    private static final int BITS = 32;

    double at(long step, long token, int expert) {
        long bits = Mixed.bits(Mixed.bits(Mixed.bits(seed, step), token), expert);
        double radius = ((bits >>> BITS) + 0.5) * 0x1p-32;
        double angle = (bits & 0xffff_ffffL) * 0x1p-32;
        return StrictMath.sqrt(-2 * StrictMath.log(radius)) * StrictMath.cos(2 * Math.PI * angle);
    }
}
