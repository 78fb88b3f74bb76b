package io.witan.launcher.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.agent.NodeAgent;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RankCoresTest {
    private static final int DEADLINE_SECONDS = 60;

    @Test
    void readsTheKernelsLists() {
        assertThat(RankCores.parse("0")).containsExactly(0);
        assertThat(RankCores.parse("0-3,8,10-11")).containsExactly(0, 1, 2, 3, 8, 10, 11);
    }

    @Test
    void refusesMoreRanksThanCores() {
        assertThat(RankCores.requireEnough(List.of(4, 5, 6), 3, 1)).containsExactly(4, 5, 6);
        assertThatThrownBy(() -> RankCores.requireEnough(List.of(4, 5, 6), 2, 2))
                .isInstanceOf(LaunchException.class)
                .hasMessage("--bind-to core: 2 ranks of 2 threads need 4 cores of their own, allowed here are 3;"
                        + " start fewer ranks or threads, or leave --bind-to out");
    }

    /** Real processes say on which cores they may run. */
    @Test
    void eachRankGetsACoreOfItsOwn(@TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "needs two cores");
        BlockingQueue<AgentEvent> events = new LinkedBlockingQueue<>();
        RankWords words = (rank, heap, logs) -> List.of("sh", "-c", "grep Cpus_allowed_list /proc/self/status >&2");
        try (NodeAgent agent = new NodeAgent(words, path -> () -> {}, (parent, bytes) -> 0)) {
            Files.writeString(folder.resolve("config.yaml"), "");
            RunSpec run = new RunSpec(
                    "00000000000000c0",
                    List.of(2),
                    List.of("a:1", "a:2"),
                    "",
                    "0",
                    new RunSpec.Processes(1, Binding.CORE, "1g", 0),
                    RunSpec.Output.into(folder.toString()),
                    "",
                    RunSpec.Attempts.one(0));
            agent.start(new NodeJob(run, 0, "node"), events::add);
            TreeSet<String> cores = new TreeSet<>();
            while (true) {
                AgentEvent event = events.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
                assertThat(event).isNotNull().isNotInstanceOf(AgentEvent.Failed.class);
                if (event instanceof AgentEvent.Output(int rank, Channel channel, String text)) {
                    assertThat(text).as("rank " + rank).matches("Cpus_allowed_list:\\s*\\d+");
                    cores.add(text);
                }
                if (event instanceof AgentEvent.Finished) {
                    break;
                }
            }
            assertThat(cores).hasSize(2);
        }
    }
}
