package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchHostsTest {
    private static Cluster cluster(String... hosts) {
        return BenchHosts.cluster(List.of(hosts), 2, 5000, host -> host.startsWith("127."));
    }

    @Test
    void thisMachineNeedsNoSshAndOthersDo() {
        Cluster cluster = cluster("10.0.0.1", "127.0.0.1");
        assertThat(cluster.nodes().get(0).command()).containsExactly("ssh", "-o", "BatchMode=yes", "10.0.0.1");
        assertThat(cluster.nodes().get(1).inProcess()).isTrue();
        assertThat(cluster.worldSize()).isEqualTo(4);
        assertThat(cluster.endpoints())
                .containsExactly("10.0.0.1:5000", "10.0.0.1:5001", "127.0.0.1:5002", "127.0.0.1:5003");
    }

    @Test
    void aHostGivenTwiceIsTwoNodesWithAnAgentEach() {
        Cluster cluster = cluster("127.0.0.1", "127.0.0.1", "127.0.0.2");
        assertThat(cluster.nodes().stream().map(NodeSpec::name))
                .containsExactly("127.0.0.1", "127.0.0.1#2", "127.0.0.2");
        assertThat(cluster.nodes().stream().map(NodeSpec::inProcess)).containsExactly(true, false, false);
    }

    @Test
    void refusesWhatIsNoHostOrNoPort() {
        assertThatThrownBy(() -> cluster("10.0.0.1", "")).hasMessageContaining("--hosts: \"\" is no host");
        assertThatThrownBy(() -> cluster("-oProxyCommand=x")).hasMessageContaining("is no host");
        assertThatThrownBy(() -> BenchHosts.cluster(List.of("a", "b"), 2, 65_533, _ -> false))
                .hasMessageContaining("--port 65533");
    }
}
