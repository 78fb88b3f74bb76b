package io.witan.models.huggingface.values;

import io.witan.runtime.routing.Mixed;

/**
 * w (1 + share n) with n standard normal, drawn from the seed and the value's place: so copies of one tensor become different ones, and what
 * is 0 stays 0.
 */
public record NoisyValues(Values values, double share, long seed) implements Values {
    @Override
    public long count() {
        return values.count();
    }

    @Override
    public float get(long index) {
        double u = ((Mixed.bits(seed, 2 * index) >>> 11) + 1) * 0x1p-53;
        double angle = (Mixed.bits(seed, 2 * index + 1) >>> 11) * 0x1p-53 * 2 * Math.PI;
        double normal = Math.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(angle);
        return (float) (values.get(index) * (1 + share * normal));
    }
}
