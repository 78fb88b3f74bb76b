package io.witan.models.family;

import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.moe.MoeConfig;

/**
 * The MoE layers of a model, all alike, in numbers.
 *
 * @param layers of them
 * @param experts of each, whole ones
 * @param expertSharding shards of an expert
 * @param rowsPerToken rows of a token that leave the gate: experts a token, times their shards
 * @param layout of a chunk: of an expert, or of a shard
 * @param tokens that a micro-batch brings to a layer, over all ranks; where that differs from step to step, about so many
 */
public record MoeShape(
        int layers, int experts, int expertSharding, int rowsPerToken, ExpertLayout layout, long tokens) {
    /**
     * Of layers that are configured.
     *
     * @param moe with experts cut as they are to be
     */
    public static MoeShape of(int layers, MoeConfig moe, long tokens) {
        return new MoeShape(
                layers, moe.experts(), moe.expertSharding(), moe.rowsPerToken(), moe.expertLayout(), tokens);
    }

    /** What ranks own, copy and move in a layer. */
    public int shards() {
        return experts * expertSharding;
    }

    /** Rows that leave a layer's gates in a micro-batch, over all ranks. */
    public long assignments() {
        return tokens * rowsPerToken;
    }

    /** Bytes of a chunk. */
    public long expertBytes() {
        return layout.chunkBytes();
    }
}
