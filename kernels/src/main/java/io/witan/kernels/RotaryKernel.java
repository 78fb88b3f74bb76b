package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Rotary position embedding (Su et al. 2021): channels i and i + w/2 of each head of q and k, w = D/H, are rotated by the
 * angle position / base^(2 i / w). Scores then depend on distances only. v is left alone.
 */
public interface RotaryKernel {
    /** Which way to turn. */
    enum Direction {
        /** By the angle: forward. */
        FORWARD,
        /** By minus the angle: backward, on the gradients of the rotated q and k. */
        INVERSE
    }

    /**
     * Cosines and sines for {@link #rotate}.
     *
     * @param table [S, D/H], out: D/H/2 cosines, then D/H/2 sines of each position
     * @param base greatest wavelength over 2 pi, usually 10000
     */
    void fillTable(MemorySegment table, int positions, int headWidth, double base);

    /**
     * Turns q and k of qkv, as {@link AttentionKernel} has it, in place.
     *
     * @param table of at least S positions
     * @param shape D/H must be even
     */
    void rotate(MemorySegment qkv, MemorySegment table, AttentionKernel.Shape shape, Direction direction);
}
