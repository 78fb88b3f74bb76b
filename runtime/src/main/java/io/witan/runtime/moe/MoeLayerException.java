package io.witan.runtime.moe;

/** A part of an MoE layer that is not ours did not keep its contract. */
public final class MoeLayerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param stage the part: {@code gate NoisyGate}, {@code hook Compress at BEFORE_DISPATCH} */
    MoeLayerException(int layer, String stage, int rank, String problem, Throwable cause) {
        super("layer " + layer + ", " + stage + ", rank " + rank + ": " + problem, cause);
    }
}
