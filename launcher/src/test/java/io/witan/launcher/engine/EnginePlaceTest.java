package io.witan.launcher.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EnginePlaceTest {
    private static final Map<String, String> OPEN_MPI = Map.of(
            "OMPI_COMM_WORLD_SIZE", "5",
            "OMPI_COMM_WORLD_RANK", "3",
            "OMPI_COMM_WORLD_LOCAL_SIZE", "2",
            "OMPI_COMM_WORLD_LOCAL_RANK", "0");
    private static final Map<String, String> SLURM = Map.of(
            "SLURM_STEP_TASKS_PER_NODE", "2(x2),1",
            "SLURM_STEP_NODELIST", "tux[1-3]",
            "SLURM_NODEID", "1",
            "SLURM_PROCID", "2",
            "SLURM_LOCALID", "0");
    private static final Map<String, String> KUBERNETES =
            Map.of("JOB_COMPLETION_INDEX", "1", "WITAN_NODES", "3", "WITAN_RANKS_PER_NODE", "4");

    private static Map<String, String> with(Map<String, String> some, String... pairs) {
        Map<String, String> all = new HashMap<>(some);
        for (int i = 0; i < pairs.length; i += 2) {
            all.put(pairs[i], pairs[i + 1]);
        }
        return all;
    }

    private static Optional<EnginePlace> place(Map<String, String> environment) {
        return EnginePlace.of(environment, "witan-1");
    }

    @Test
    void openMpiTellsNumbersOnly() {
        EnginePlace place = place(OPEN_MPI).orElseThrow();
        assertThat(place).isEqualTo(new EnginePlace("Open MPI", 3, 5, 0, 2, 2, "witan-1", List.of(), ""));
        assertThat(place.isAgent()).isTrue();
        assertThat(place.isLauncher()).isFalse();
        assertThat(place.isAlone()).isFalse();
        assertThat(place(with(OPEN_MPI, "OMPI_COMM_WORLD_LOCAL_RANK", "1"))
                        .orElseThrow()
                        .isAgent())
                .isFalse();
    }

    @Test
    void slurmTellsAllNodes() {
        EnginePlace place = place(SLURM).orElseThrow();
        assertThat(place).isEqualTo(new EnginePlace("Slurm", 2, 5, 0, 2, 2, "tux2", List.of("tux1", "tux3"), "tux1"));
        assertThat(place(with(SLURM, "WITAN_RANKS_PER_NODE", "8")).orElseThrow().ranks())
                .isEqualTo(8);
    }

    @Test
    void podsAreCalledAfterTheirJob() {
        assertThat(place(KUBERNETES).orElseThrow())
                .isEqualTo(new EnginePlace("Kubernetes", 1, 3, 0, 1, 4, "witan-1", List.of("witan-0", "witan-2"), ""));
        assertThat(EnginePlace.of(KUBERNETES, "other").orElseThrow().others()).containsExactly("index-0", "index-2");
    }

    @Test
    void openMpiComesBeforeTheSlurmStepThatItsDaemonsRunIn() {
        assertThat(place(with(
                                SLURM,
                                OPEN_MPI.entrySet().stream()
                                        .flatMap(e -> java.util.stream.Stream.of(e.getKey(), e.getValue()))
                                        .toArray(String[]::new)))
                        .orElseThrow()
                        .engine())
                .isEqualTo("Open MPI");
    }

    /** One process, a batch script, or a pod of a Job that has nothing to do with us: no engine has started several. */
    @Test
    void aloneIsNoEngine() {
        assertThat(place(Map.of())).isEmpty();
        assertThat(place(Map.of(
                        "OMPI_COMM_WORLD_SIZE", "1",
                        "OMPI_COMM_WORLD_RANK", "0",
                        "OMPI_COMM_WORLD_LOCAL_SIZE", "1",
                        "OMPI_COMM_WORLD_LOCAL_RANK", "0")))
                .isEmpty();
        assertThat(place(Map.of("SLURM_PROCID", "0", "SLURM_NTASKS", "4", "SLURM_JOB_NODELIST", "tux[1-2]")))
                .isEmpty();
        assertThat(place(with(
                        SLURM,
                        "SLURM_STEP_TASKS_PER_NODE",
                        "1",
                        "SLURM_STEP_NODELIST",
                        "tux1",
                        "SLURM_NODEID",
                        "0",
                        "SLURM_PROCID",
                        "0")))
                .isEmpty();
        assertThat(place(Map.of("JOB_COMPLETION_INDEX", "1"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            mpi | OMPI_COMM_WORLD_RANK       | 5        | OMPI_COMM_WORLD_RANK must be a whole number from 0 to 4, got "5"
            mpi | OMPI_COMM_WORLD_RANK       | -1       | OMPI_COMM_WORLD_RANK must be
            mpi | OMPI_COMM_WORLD_RANK       | ''       | OMPI_COMM_WORLD_RANK is not set
            mpi | OMPI_COMM_WORLD_SIZE       | 99999999999999999999 | OMPI_COMM_WORLD_SIZE must be
            mpi | OMPI_COMM_WORLD_LOCAL_SIZE | 6        | OMPI_COMM_WORLD_LOCAL_SIZE must be
            mpi | OMPI_COMM_WORLD_LOCAL_RANK | 2        | OMPI_COMM_WORLD_LOCAL_RANK must be
            mpi | WITAN_RANKS_PER_NODE       | 0        | WITAN_RANKS_PER_NODE must be a whole number from 1 to 4096
            slurm | SLURM_STEP_TASKS_PER_NODE | 2(x     | SLURM_STEP_TASKS_PER_NODE must be numbers from 1 to 4096
            slurm | SLURM_STEP_TASKS_PER_NODE | 2,2     | SLURM_STEP_NODELIST has 3 nodes, SLURM_STEP_TASKS_PER_NODE 2
            slurm | SLURM_STEP_NODELIST       | tux[1-  | SLURM_STEP_NODELIST must be host names
            slurm | SLURM_NODEID              | 3       | SLURM_NODEID must be a whole number from 0 to 2
            slurm | SLURM_LOCALID             | 2       | SLURM_LOCALID must be a whole number from 0 to 1
            slurm | SLURM_NODEID              | ''      | SLURM_NODEID is not set
            k8s | JOB_COMPLETION_INDEX        | 3       | JOB_COMPLETION_INDEX must be a whole number from 0 to 2
            k8s | WITAN_NODES                 | two     | WITAN_NODES must be a whole number from 1 to 4096, got "two"
            """)
    void whatCannotBeIsRefusedByName(String engine, String name, String value, String problem) {
        Map<String, String> good =
                switch (engine) {
                    case "mpi" -> OPEN_MPI;
                    case "slurm" -> SLURM;
                    default -> KUBERNETES;
                };
        assertThatThrownBy(() -> place(with(good, name, value)))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageContaining(problem)
                .hasMessageNotContaining("\n");
    }
}
