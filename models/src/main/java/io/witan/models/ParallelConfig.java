package io.witan.models;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import io.witan.runtime.fssdp.ExpertParallelPolicy;
import io.witan.runtime.fssdp.MaterializationPolicy;
import io.witan.runtime.fssdp.SparseMaterializationPolicy;
import io.witan.scheduler.plan.Topology;

/** Section {@code parallel} of a recipe. */
public record ParallelConfig(
        @Doc("where experts are computed: ep moves tokens to owners, fssdp also copies hot experts") @Default("fssdp")
                Policy policy,
        @Doc("fssdp: experts of a layer whose copy hides behind its attention (t)") @Default("2") @Range(min = 0)
                int overlapDegree,
        @Doc("fssdp: copies of a layer that fit on a rank (m)") @Default("2") @Range(min = 0) int memoryCapacity,
        @Doc("fssdp: steps whose mean load predicts the next (w)") @Default("5") @Range(min = 1) int predictionWindow,
        @Doc("seconds after which a collective that waits fails on all ranks") @Default("60") @Range(min = 1)
                int deadlineSeconds) {
    /** Placement policy. */
    public enum Policy {
        /** Expert parallelism. */
        EP,
        /** Fully sharded sparse data parallelism. */
        FSSDP
    }

    /** Most copies of a layer on a rank. */
    int copiesPerLayer() {
        return policy == Policy.EP ? 0 : memoryCapacity;
    }

    /** The policy for these ranks and nodes. */
    public MaterializationPolicy materialization(Topology topology) {
        return switch (policy) {
            case EP -> new ExpertParallelPolicy();
            case FSSDP -> new SparseMaterializationPolicy(topology, overlapDegree, memoryCapacity);
        };
    }
}
