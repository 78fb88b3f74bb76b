package io.witan.runtime.fssdp;

import java.lang.foreign.MemorySegment;

/**
 * Views of the matrices of a layer's experts, or of their gradients; entry e is null unless this rank holds expert e.
 *
 * @param w3 null for GELU experts
 */
public record ExpertWeights(MemorySegment[] w1, MemorySegment[] w3, MemorySegment[] w2) {
    /** Room for E experts, none held. */
    public static ExpertWeights empty(ExpertLayout layout, int experts) {
        MemorySegment[] second =
                layout.activation() == ExpertLayout.Activation.SWIGLU ? new MemorySegment[experts] : null;
        return new ExpertWeights(new MemorySegment[experts], second, new MemorySegment[experts]);
    }

    /** Points expert e at a chunk, or at nothing if it is null. */
    public void set(int e, MemorySegment chunk, ExpertLayout layout) {
        w1[e] = chunk == null ? null : layout.w1(chunk);
        w2[e] = chunk == null ? null : layout.w2(chunk);
        if (w3 != null) {
            w3[e] = chunk == null ? null : layout.w3(chunk);
        }
    }
}
