package io.witan.scheduler.policy.catalogue;

import io.witan.scheduler.policy.ExpertParallelPolicy;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.fssdp.FssdpPolicy;
import io.witan.scheduler.policy.rival.ExchangePolicy;
import io.witan.scheduler.policy.rival.ReplicatePolicy;
import io.witan.scheduler.policy.rival.ShadowPolicy;
import io.witan.scheduler.policy.rival.ShardedExpertsPolicy;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The policies by name. */
public enum NamedPolicy {
    /** Plain expert parallelism. */
    EP(_ -> new ExpertParallelPolicy()),
    /** Hecate: sparse materialisation, re-sharding, calibration. */
    FSSDP(FssdpPolicy::new),
    /** FasterMoE: hot experts to all ranks after the gate. */
    SHADOW(ShadowPolicy::new),
    /** SmartMoE: experts of a layer change places from time to time. */
    EXCHANGE(ExchangePolicy::new),
    /** FlexMoE: lasting replicas in slots. */
    REPLICATE(ReplicatePolicy::new),
    /** LAER-MoE: every expert in slices over all ranks. */
    SHARDED_EXPERTS(ShardedExpertsPolicy::new);

    private final Function<PolicySettings, PlacementPolicy> maker;

    NamedPolicy(Function<PolicySettings, PlacementPolicy> maker) {
        this.maker = maker;
    }

    /** The name on command lines and in recipes: lower case, words joined by hyphens. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A policy with these settings. */
    public PlacementPolicy create(PolicySettings settings) {
        return maker.apply(settings);
    }

    /**
     * @param label as {@link #label}
     * @throws IllegalArgumentException if there is no such policy; names all there are
     */
    public static NamedPolicy of(String label) {
        return Arrays.stream(values())
                .filter(policy -> policy.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("policy \"" + label + "\", allowed "
                        + Arrays.stream(values()).map(NamedPolicy::label).collect(Collectors.joining(", "))));
    }
}
