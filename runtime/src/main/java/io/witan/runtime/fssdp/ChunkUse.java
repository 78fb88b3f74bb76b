package io.witan.runtime.fssdp;

/** What a buffer of an expert's size is for. */
enum ChunkUse {
    /** Parameters of an expert that another rank owns. */
    COPY,
    /** The gradient of such a copy, before it is summed at the owner. */
    COPY_GRADIENT,
    /** The gradient of an owned expert. */
    OWN_GRADIENT
}
