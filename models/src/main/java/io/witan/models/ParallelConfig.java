package io.witan.models;

import io.witan.kernels.cuda.device.Precision;
import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import io.witan.runtime.engine.Compute;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import io.witan.scheduler.policy.PeriodicResharding;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.SparseMaterializationPolicy;

/** Section {@code parallel} of a recipe. */
public record ParallelConfig(
        @Doc("where experts are computed: ep moves tokens to owners, fssdp also copies hot experts") @Default("fssdp")
                Policy policy,
        @Doc("fssdp: experts of a layer whose copy hides behind its attention (t)") @Default("2") @Range(min = 0)
                int overlapDegree,
        @Doc("fssdp: copies of a layer that fit on a rank (m)") @Default("2") @Range(min = 0) int memoryCapacity,
        @Doc("fssdp: steps whose mean load predicts the next (w)") @Default("5") @Range(min = 1) int predictionWindow,
        @Doc("fssdp: steps after which owners of experts may change, by the loads since the last change; 0 for never")
                @Default("0")
                @Range(min = 0)
                int reshardInterval,
        @Doc("seconds after which a collective that waits fails on all ranks") @Default("60") @Range(min = 1)
                int deadlineSeconds,
        @Doc("where a rank computes: host, or cuda on the node's NVIDIA GPUs in turn") @Default("host")
                Compute.Target device,
        @Doc(
                        "cuda: what matrix products multiply in, fp32, or bf16 if d_model and d_ff are multiples of 8; sums are fp32")
                @Default("bf16")
                Precision precision) {
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

    /** What a rank with so many threads of the host computes with. */
    Compute compute(int threads) {
        return device == Compute.Target.HOST ? Compute.host(threads) : new Compute(device, precision, threads);
    }

    /** The policy for these ranks and nodes. */
    public PlacementPolicy placementPolicy(Topology topology) {
        return switch (policy) {
            case EP -> new ExpertParallelPolicy();
            case FSSDP -> fssdp(topology);
        };
    }

    private PlacementPolicy fssdp(Topology topology) {
        PlacementPolicy copies = new SparseMaterializationPolicy(topology, overlapDegree, memoryCapacity);
        return reshardInterval == 0 ? copies : new PeriodicResharding(copies, topology, reshardInterval, overlapDegree);
    }
}
