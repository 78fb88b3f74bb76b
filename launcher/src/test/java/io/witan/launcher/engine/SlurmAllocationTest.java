package io.witan.launcher.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SlurmAllocationTest {
    private static final Map<String, String> JOB = Map.of(
            "SLURM_JOB_NODELIST", "tux[1-3]",
            "SLURM_TASKS_PER_NODE", "2(x2),1",
            "SLURM_JOB_CPUS_PER_NODE", "16(x2),8");

    private static Cluster cluster(String... more) {
        Map<String, String> all = new HashMap<>(JOB);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return SlurmAllocation.of(all, 41000, Duration.ofSeconds(5));
    }

    @Test
    void theScriptsOwnNodeNeedsNoCommand() {
        Cluster cluster = cluster("SLURMD_NODENAME", "tux1");
        assertThat(cluster.nodes()).extracting(NodeSpec::name).containsExactly("tux1", "tux2", "tux3");
        assertThat(cluster.nodes()).extracting(NodeSpec::ranks).containsExactly(2, 2, 1);
        assertThat(cluster.nodes().getFirst().inProcess()).isTrue();
        assertThat(cluster.nodes().getLast().command())
                .startsWith("srun")
                .contains("--nodelist=tux3", "--cpus-per-task=8", "--ntasks=1", "--overlap");
        assertThat(cluster.nodes().getLast().throughShell()).isFalse();
        assertThat(cluster.endpoints()).endsWith("tux3:41004");
    }

    /** The shell of salloc is on a login node. */
    @Test
    void fromElsewhereAllNodesAreReachedBySrun() {
        assertThat(cluster().nodes()).noneMatch(NodeSpec::inProcess);
    }

    @Test
    void ranksMayBeOthersThanTasks() {
        assertThat(cluster(EnginePlace.RANKS_VARIABLE, "4").nodes())
                .extracting(NodeSpec::ranks)
                .containsExactly(4, 4, 4);
    }

    @Test
    void whatContradictsIsSaid() {
        assertThatThrownBy(() -> SlurmAllocation.of(Map.of(), 41000, Duration.ofSeconds(5)))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessage(
                        "--cluster slurm works inside a Slurm job (sbatch or salloc): SLURM_JOB_NODELIST is not set");
        assertThatThrownBy(() -> cluster("SLURM_TASKS_PER_NODE", "1"))
                .hasMessage("SLURM_TASKS_PER_NODE has 1 nodes, SLURM_JOB_NODELIST 3");
        assertThatThrownBy(() -> cluster("SLURM_JOB_CPUS_PER_NODE", ""))
                .hasMessage("SLURM_JOB_CPUS_PER_NODE is not set");
    }
}
