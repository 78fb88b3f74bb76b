package io.witan.scheduler.policy.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.fssdp.FssdpPolicy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamedPolicyTest {
    private static final LayerCost COST =
            new LayerCost(1000, 8000, 100, 10, 5500, 0, new LinkSpeed(4_000_000_000L, 1_000_000_000L));

    @Test
    void shouldKnowItsNames() {
        assertThat(Arrays.stream(NamedPolicy.values()).map(NamedPolicy::label))
                .containsExactly("ep", "fssdp", "shadow", "exchange", "replicate", "sharded-experts");
        assertThat(NamedPolicy.of("sharded-experts")).isEqualTo(NamedPolicy.SHARDED_EXPERTS);
        assertThat(NamedPolicy.of("fssdp").create(PolicySettings.of(Topology.of(2), List.of(COST), 10)))
                .isInstanceOf(FssdpPolicy.class);
        assertThatThrownBy(() -> NamedPolicy.of("tutel"))
                .hasMessage("policy \"tutel\", allowed ep, fssdp, shadow, exchange, replicate, sharded-experts");
    }

    @Test
    void shouldTakeTheOverlapDegreeFromTheCosts() {
        assertThat(PolicySettings.of(Topology.of(2), List.of(COST), 10).overlapDegree())
                .as("5.5 us at 4 GB/s are 22 experts of 1000 B")
                .containsExactly(22);
        assertThat(PolicySettings.of(Topology.of(1, 1), List.of(COST), 10).overlapDegree())
                .as("1 GB/s between nodes")
                .containsExactly(5);
    }

    @Test
    void shouldRefuseSettingsOutOfRange() {
        PolicySettings settings = PolicySettings.of(Topology.of(2), List.of(COST), 10);

        assertThatThrownBy(() -> settings.withMemoryPool(-1)).hasMessageContaining("memory for -1 copies");
        assertThatThrownBy(() -> settings.withOverlapDegree(-1)).hasMessageContaining("overlap degrees [-1]");
        assertThatThrownBy(() -> settings.withReshardInterval(-5)).hasMessageContaining("every -5 steps");
        assertThatThrownBy(() -> settings.withMicroBatches(0)).hasMessageContaining("0 micro-batches");
        assertThatThrownBy(() -> settings.withMemoryPool(Integer.MAX_VALUE)).hasMessageContaining("2^31-1");
        assertThatThrownBy(() -> PolicySettings.of(Topology.of(2), List.of(), 10))
                .hasMessageContaining("costs of 0 layers");
        assertThatThrownBy(() -> PolicySettings.of(Topology.of(2), List.of(COST), -1))
                .hasMessageContaining("-1 assignments");
    }
}
