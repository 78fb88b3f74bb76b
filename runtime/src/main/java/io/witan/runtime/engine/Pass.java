package io.witan.runtime.engine;

/** Why a forward pass runs. */
public enum Pass {
    /** First forward of a training step; loads are recorded and activations kept for backward. */
    TRAIN,
    /** Repeated inside backward because activations were dropped; same results, recorded nowhere. */
    RECOMPUTE,
    /** No backward follows. */
    EVALUATE
}
