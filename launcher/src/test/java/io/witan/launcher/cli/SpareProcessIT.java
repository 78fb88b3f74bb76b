package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.NodeDriver;
import io.witan.launcher.LauncherProcess;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.message.Wire;
import io.witan.launcher.process.JvmSettings;
import io.witan.models.Recipes;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process of a spare by itself: it gets warm, leaves nothing, waits, and ends with its agent. */
final class SpareProcessIT {
    @TempDir
    Path folder;

    private LauncherProcess spare() throws IOException {
        List<String> command = Witan.java("-D" + JvmSettings.HOME_PROPERTY + "=" + LauncherProcess.root());
        command.addAll(List.of("spare", "spare-0-0"));
        return LauncherProcess.run(folder, Map.of(), command);
    }

    /** As an agent sends it. @param scratch empty: there is no driver */
    private String job(String scratch, String aeron, int ranks) throws IOException {
        ConfigTree tree = Recipes.load("tiny");
        for (String setting : List.of("model.d_model=32", "model.heads=2", "model.seq_len=32", "data.documents=100")) {
            tree = tree.set(setting, "test");
        }
        String config = ConfigBinder.toTree(Recipes.bind(tree)).toYaml();
        Path file = Files.writeString(folder.resolve("config.yaml"), config);
        RunSpec run = new RunSpec(
                "7",
                List.of(ranks),
                List.of(),
                config,
                "0",
                new RunSpec.Processes(1, Binding.NONE, "1g", 0),
                RunSpec.Output.into(scratch),
                "",
                RunSpec.Attempts.one(60_000));
        return Wire.encode(new RankJob(run, "local", 0, 1, 1 << 20, aeron, file.toString()));
    }

    private void getWarm(String job) throws Exception {
        try (LauncherProcess spare = spare()) {
            OutputStream stdin = spare.process().getOutputStream();
            stdin.write((job + "\n").getBytes(StandardCharsets.UTF_8));
            stdin.flush();
            spare.awaitOut(1, line -> line.contains("spare-0-0 "));
            assertThat(spare.out()).last().asString().contains("READY spare-0-0 is warm after ");
            assertThat(spare.process().isAlive()).isTrue();
            stdin.close();
            assertThat(spare.exitCode()).isEqualTo(8);
        }
    }

    @Test
    void itsSmallRunLeavesNothingBesideTheDriver() throws Exception {
        Path shm = Files.createDirectory(folder.resolve("run"));
        try (NodeDriver driver = NodeDriver.start(shm.resolve("aeron"))) {
            getWarm(job(shm.resolve("spare-0-0").toString(), driver.directory().toString(), 2));
            try (Stream<Path> left = Files.list(shm)) {
                assertThat(left).containsExactly(driver.directory());
            }
            assertThat(driver.directory().resolve("memory")).isEmptyDirectory();
        }
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("config.yaml", "run", "shm");
    }

    @Test
    void withoutADriverOneRankTrainsAlone() throws Exception {
        getWarm(job("", "", 1));
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("config.yaml", "shm");
    }
}
