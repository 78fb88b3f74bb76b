package io.witan.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ClusterFileTest {
    private static Cluster parse(String text) {
        return ClusterFile.parse(text, "c.yaml", address -> address.startsWith("127."));
    }

    @Test
    void readsNodesPortAndTimeout() {
        Cluster cluster = parse(
                """
                port: 5000
                timeout: 90
                nodes:
                  - {name: a, address: 127.0.0.1, ranks: 2}
                  - name: b
                    address: "fd00::2"
                    command: [ip, netns, exec, blue]
                    home: /opt/witan
                  - {name: c, address: far}
                """);
        assertThat(cluster.worldSize()).isEqualTo(4);
        assertThat(cluster.timeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(cluster.endpoints())
                .containsExactly("127.0.0.1:5000", "127.0.0.1:5001", "[fd00::2]:5002", "far:5003");
        assertThat(cluster.nodes().get(0).inProcess()).isTrue();
        assertThat(cluster.nodes().get(1).command()).containsExactly("ip", "netns", "exec", "blue");
        assertThat(cluster.nodes().get(1).throughShell()).isFalse();
        assertThat(cluster.nodes().get(2).command()).containsExactly("ssh", "-o", "BatchMode=yes", "far");
        assertThat(cluster.nodes().get(2).throughShell()).isTrue();
        assertThat(cluster.topology().nodeOf(2)).isEqualTo(1);
    }

    @Test
    void theExamplesOfTheSourceTreeAreRight() {
        Path examples =
                Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("cluster-configs");
        Cluster local = ClusterFile.read(examples.resolve("local-2/cluster.yaml"), LocalAddresses::contains);
        assertThat(local.worldSize()).isEqualTo(2);
        assertThat(local.nodes().getFirst().inProcess()).isTrue();
        Cluster ssh = ClusterFile.read(examples.resolve("two-hosts-ssh/cluster.yaml"), _ -> false);
        assertThat(ssh.nodes()).hasSize(2).allMatch(NodeSpec::throughShell);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            nodes: [{name: a, address: h, ranks: 0}]         | 1 | nodes[0].ranks must be a whole number from 1 to 4096, got "0"
            nodes: [{name: a, address: h, rank: 1}]          | 1 | nodes[0].rank is not a key; keys are name, address, ranks
            nodes: [{name: a, name: b, address: h}]          | 1 | nodes[0].name is given twice
            nodes: [{name: a, address: h},{name: a, address: i}] | 1 | nodes[1].name must be unique
            nodes: [{address: h}]                            | 1 | nodes[0].name is missing
            nodes: [{name: 'a b', address: h}]               | 1 | nodes[0].name must be letters
            nodes: [{name: a, address: '-oProxyCommand=x'}]  | 1 | nodes[0].address must be a host name
            nodes: [{name: a, address: h, command: ssh}]     | 1 | nodes[0].command must be a list
            nodes: [{name: a, address: h, command: [[x]]}]   | 1 | nodes[0].command must be a list of words
            nodes: [{name: a, address: h, home: here}]       | 1 | nodes[0].home must be an absolute path
            nodes: []                                        | 1 | nodes must be a list with at least one item
            nodes: [3]                                       | 1 | nodes[0] must be a mapping
            port: 5000                                       | 1 | nodes is missing
            just text                                        | 1 | the file must be a mapping
            ''                                               | 1 | empty cluster file
            port: 80\\nnodes: [{name: a, address: h}]        | 1 | port must be a whole number from 1024
            timeout: 5\\nport: 65535\\nnodes:\\n- name: a\\n  address: h\\n  ranks: 2 | 6 | nodes[0].ranks ports 65535 to 65536 pass 65535
            timeout: 5\\nnodes:\\n  - {name: a              | 3 | not YAML
            """)
    void namesFileLineKeyAndWhatIsAllowed(String text, int line, String problem) {
        assertThatThrownBy(() -> parse(text.replace("\\n", "\n")))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.CONFIG))
                .hasMessageStartingWith("c.yaml:" + line + ": ")
                .hasMessageContaining(problem)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aMissingFileIsSaid() {
        assertThatThrownBy(() -> ClusterFile.read(Path.of("nowhere.yaml"), _ -> true))
                .hasMessage("cluster file nowhere.yaml does not exist");
    }

    @Test
    void aLocalClusterNeedsNoCommand() {
        Cluster local = Cluster.local(3);
        assertThat(local.nodes()).singleElement().matches(NodeSpec::inProcess);
        assertThat(local.endpoints()).isEqualTo(List.of("127.0.0.1:40500", "127.0.0.1:40501", "127.0.0.1:40502"));
    }
}
