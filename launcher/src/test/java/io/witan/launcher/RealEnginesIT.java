package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.launcher.rendezvous.RunKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Slurm and Open MPI themselves, over two nodes that are this machine (src/test/cluster). Two ranks tell each other their number. */
@Tag("cluster")
final class RealEnginesIT {
    private static final int NOT_HERE = 3;
    private static final String KEY = "0123456789abcdef".repeat(4);

    @TempDir
    Path folder;

    private LauncherProcess run(List<String> engine, String... train) throws IOException {
        List<String> command = new ArrayList<>(engine);
        command.set(
                0,
                LauncherProcess.root()
                        .resolve("launcher/src/test/cluster")
                        .resolve(engine.getFirst())
                        .toString());
        List<String> words = new ArrayList<>(List.of(
                "train", "--recipe", "exchange", "--out", folder.resolve("o").toString()));
        words.addAll(List.of(train));
        command.addAll(LauncherProcess.command(words.toArray(String[]::new)));
        Map<String, String> environment =
                Map.of("WITAN_SHM_DIR", folder.resolve("shm").toString(), RunKey.VARIABLE, KEY);
        return LauncherProcess.run(folder, environment, command);
    }

    private static void assertTrained(LauncherProcess run, List<String> out, String... lines)
            throws InterruptedException {
        int code = run.exitCode();
        assumeTrue(code != NOT_HERE, () -> run.err().toString());
        assertThat(code).as("%s %s", run.out(), run.err()).isZero();
        assertThat(out).contains(lines);
    }

    @Test
    void mpirunStartsTwoNodes() throws Exception {
        List<String> engine =
                List.of("with-mpi-nodes.sh", "1", "--bind-to", "none", "-x", RunKey.VARIABLE, "-x", "WITAN_SHM_DIR");
        try (LauncherProcess run = run(engine, "--rendezvous", "10.231.7.1")) {
            run.exitCode();
            assertTrained(run, run.out(), "alpha:0: sum 1", "beta:1: sum 1");
        }
    }

    @Test
    void srunStartsTwoNodes() throws Exception {
        List<String> engine = List.of("with-slurm.sh", "--", "srun", "--nodes=2", "--ntasks-per-node=1");
        try (LauncherProcess run = run(engine)) {
            run.exitCode();
            assertTrained(run, run.out(), "tux1:0: sum 1", "tux2:1: sum 1");
        }
    }

    /** The launcher is on no node of the job. */
    @Test
    void theLauncherReachesAllNodesOfAnAllocationBySrun() throws Exception {
        List<String> engine = List.of("with-slurm.sh", "--", "salloc", "--quiet", "--nodes=2", "--ntasks-per-node=1");
        try (LauncherProcess run = run(engine, "--cluster", "slurm")) {
            run.exitCode();
            assertTrained(run, run.out(), "tux1:0: sum 1", "tux2:1: sum 1");
        }
    }

    /** The script runs on the first node, whose agent the launcher is. */
    @Test
    void theLauncherInABatchScriptReachesTheOtherNodesBySrun() throws Exception {
        Path script = folder.resolve("job.sh");
        Files.writeString(script, "#!/bin/bash\nexec \"$@\"\n");
        List<String> engine = List.of(
                "with-slurm.sh",
                "--",
                "sbatch",
                "--wait",
                "--nodes=2",
                "--ntasks-per-node=1",
                "--output=" + folder + "/job.out",
                script.toString());
        try (LauncherProcess run = run(engine, "--cluster", "slurm")) {
            int code = run.exitCode();
            assumeTrue(code != NOT_HERE, () -> run.err().toString());
            assertTrained(run, Files.readAllLines(folder.resolve("job.out")), "tux1:0: sum 1", "tux2:1: sum 1");
        }
    }
}
