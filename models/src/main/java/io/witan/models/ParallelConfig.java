package io.witan.models;

import io.witan.kernels.cuda.device.Precision;
import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.IntOrAuto;
import io.witan.runtime.config.Range;
import io.witan.runtime.engine.Compute;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.runtime.state.Sharding;
import io.witan.scheduler.dispatch.DispatchRule;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.util.Optional;

/** Section {@code parallel} of a recipe. */
public record ParallelConfig(
        @Doc(
                        "where experts are computed: ep moves tokens to owners, fssdp also copies hot experts; shadow, exchange, replicate and sharded_experts are other systems' ways")
                @Default("fssdp")
                NamedPolicy policy,
        @Doc("experts of a layer whose copy hides behind its attention (t); auto: by measured times")
                @Default("2")
                @Range(min = 0)
                IntOrAuto overlapDegree,
        @Doc("copies of a layer that fit on a rank (m), the mean over layers if they stay; auto: by free memory")
                @Default("2")
                @Range(min = 0)
                IntOrAuto memoryCapacity,
        @Doc(
                        "fssdp: how copies are chosen: algorithm1 the paper's where it gains 2 %, scored compares candidates by measured costs")
                @Default("algorithm1")
                PolicySettings.Planner planner,
        @Doc("fssdp: keep copies from forward to backward, release them and gather again, or auto: keep what fits")
                @Default("keep")
                Rematerialise rematerialise,
        @Doc("fssdp: on adds copies after the gate, where the true loads make it worth the wait") @Default("off")
                PolicySettings.Calibration calibration,
        @Doc(
                        "neighbouring ranks of a node that share each expert, all of its tokens and a part of its width each (S); divides d_ff and the ranks of every node; 1: whole experts")
                @Default("1")
                @Range(min = 1)
                int expertSharding,
        @Doc(
                        "which holder of an expert computes a token: topology shares out evenly among the nearest, balanced by load")
                @Default("topology")
                Dispatch dispatch,
        @Doc(
                        "how rows come from rank to rank: flat straight, leader through a node's first rank, two_level inside nodes first, deduplicated a token once to each node")
                @Default("flat")
                AllToAll allToAll,
        @Doc("how exchanges of rows are cut, to run beside the experts") PipelineConfig pipeline,
        @Doc("how sums of dense gradients over ranks are spread over backward") GradientConfig gradients,
        @Doc("steps whose mean load predicts the next (w)") @Default("5") @Range(min = 1) int predictionWindow,
        @Doc("steps after which owners of experts may change, by the loads of these steps; 0 for never")
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
                Precision precision,
        @Doc("what a layer costs; left out: measured at the start, if it is needed") Optional<MeasuredCosts> costs) {
    /** Whether copies stay from forward to backward. */
    public enum Rematerialise {
        /** They stay. */
        KEEP,
        /** They come twice. */
        RELEASE,
        /** Those of the last layers stay, as many as memory allows. */
        AUTO;

        PolicySettings.Retention retention() {
            return switch (this) {
                case KEEP -> PolicySettings.Retention.KEEP;
                case RELEASE -> PolicySettings.Retention.RELEASE;
                case AUTO -> PolicySettings.Retention.BY_MEMORY;
            };
        }
    }

    /** Which holder of an expert computes an assignment. */
    public enum Dispatch {
        /** The nearest, evenly. */
        TOPOLOGY(DispatchRule.EVEN),
        /** The nearest, so that the busiest rank has less. */
        BALANCED(DispatchRule.BALANCING);

        private final DispatchRule rule;

        Dispatch(DispatchRule rule) {
            this.rule = rule;
        }

        DispatchRule rule() {
            return rule;
        }
    }

    /** Refuses combinations that no single key shows. */
    public ParallelConfig {
        if (policy == NamedPolicy.EXCHANGE && reshardInterval == 0) {
            throw new IllegalArgumentException("parallel.policy exchange changes owners every so many steps: "
                    + "parallel.reshard_interval must be 1 or more, got 0");
        }
        if (expertSharding > 1 && !takesShards(policy)) {
            throw new IllegalArgumentException(
                    "parallel.policy sharded_experts cuts every expert over all ranks and puts"
                            + " it together to compute: parallel.expert_sharding must be 1, got " + expertSharding);
        }
        if (allToAll == AllToAll.DEDUPLICATED && pipeline.isAuto()) {
            throw new IllegalArgumentException("parallel.pipeline.forward auto goes by times of rows that are all"
                    + " different; with parallel.all_to_all deduplicated it must be a number");
        }
        if (device == Compute.Target.CUDA && pipeline.mayCut()) {
            throw new IllegalArgumentException("parallel.pipeline cuts rows in host memory; with parallel.device cuda "
                    + "forward and backward must be 1, got " + pipeline.describe());
        }
        if (device == Compute.Target.CUDA && gradients.isPlanned()) {
            throw new IllegalArgumentException(
                    "parallel.gradients.release planned needs gradients in host memory; with "
                            + "parallel.device cuda it must be eager");
        }
        if (device == Compute.Target.CUDA && memoryCapacity.isAuto()) {
            throw new IllegalArgumentException("parallel.memory_capacity auto looks at the memory of the host; with "
                    + "parallel.device cuda it must be a number");
        }
    }

    private static boolean takesShards(NamedPolicy policy) {
        return policy != NamedPolicy.SHARDED_EXPERTS;
    }

    /** True if experts cut as these are can be placed by a policy. */
    public boolean fits(NamedPolicy other) {
        return expertSharding == 1 || takesShards(other);
    }

    /** What a rank keeps of the experts under this policy. */
    public Sharding sharding() {
        return policy == NamedPolicy.SHARDED_EXPERTS ? Sharding.SLICED : Sharding.WHOLE;
    }

    /** Most copies of a layer that a rank passes on inside its node, as far as that is known before the run has looked. */
    int relaysPerLayer() {
        return relaysPerLayer(memoryCapacity.orElse(0));
    }

    /** Copies that come again are not read where another rank has them. */
    int relaysPerLayer(int capacity) {
        boolean inPlace =
                policy != NamedPolicy.EP && sharding() == Sharding.WHOLE && rematerialise != Rematerialise.RELEASE;
        return inPlace ? capacity : 0;
    }

    /** True if the run has to find numbers. */
    boolean isOpen() {
        return areCopiesOpen() || pipeline.isAuto() || gradients.isOpen();
    }

    /** True if t, m, degrees or windows are left to the run, which times the layers of a text model for them. */
    boolean leavesNumbers() {
        boolean copies = policy != NamedPolicy.EP && (overlapDegree.isAuto() || memoryCapacity.isAuto());
        return copies || pipeline.isAuto() || gradients.isOpen();
    }

    /** True if costs, t or m are not known. */
    boolean areCopiesOpen() {
        return policy != NamedPolicy.EP
                && (overlapDegree.isAuto() || memoryCapacity.isAuto() || needsCosts() && costs.isEmpty());
    }

    /** True if decisions weigh times. */
    boolean needsCosts() {
        boolean fssdp = policy == NamedPolicy.FSSDP;
        boolean plain = planner == PolicySettings.Planner.ALGORITHM1
                && calibration == PolicySettings.Calibration.OFF
                && reshardInterval == 0;
        return policy != NamedPolicy.EP && (!fssdp || !plain || overlapDegree.isAuto());
    }

    /** With numbers that the run has found. */
    ParallelConfig found(
            Optional<MeasuredCosts> measured,
            IntOrAuto degree,
            IntOrAuto capacity,
            PipelineConfig degrees,
            GradientConfig windows) {
        return new ParallelConfig(
                policy,
                degree,
                capacity,
                planner,
                rematerialise,
                calibration,
                expertSharding,
                dispatch,
                allToAll,
                degrees,
                windows,
                predictionWindow,
                reshardInterval,
                deadlineSeconds,
                device,
                precision,
                measured);
    }

    /** The same numbers under another policy; one that changes owners looks at every step where the recipe lets them stay. */
    ParallelConfig under(NamedPolicy other) {
        return new ParallelConfig(
                other,
                overlapDegree,
                memoryCapacity,
                planner,
                rematerialise,
                calibration,
                expertSharding,
                dispatch,
                allToAll,
                pipeline,
                gradients,
                predictionWindow,
                other == NamedPolicy.EXCHANGE ? Math.max(1, reshardInterval) : reshardInterval,
                deadlineSeconds,
                device,
                precision,
                costs);
    }

    /** What a rank with so many threads of the host computes with. */
    Compute compute(int threads) {
        return device == Compute.Target.HOST ? Compute.host(threads) : new Compute(device, precision, threads);
    }
}
