package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.CommunicatorGroup;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.train.TrainingObserver;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of a rank's memory explain its resident size, and do not if there is memory that no part names. */
class MemoryIT {
    private static final long DEADLINE_SECONDS = 120;
    private static final long HIDDEN_BYTES = 400_000_000;

    @TempDir
    Path folder;

    @Test
    void shouldExplainAllOfASmallModel() throws Exception {
        assertThat(train(0)).endsWith(" true");
    }

    @Test
    void shouldNoticeMemoryThatNoPartNames() throws Exception {
        String hiding = train(HIDDEN_BYTES);
        assertThat(hiding).endsWith(" false");
        long difference = Long.parseLong(hiding.split(" ")[0]);
        assertThat(difference).isBetween(HIDDEN_BYTES, HIDDEN_BYTES + 200_000_000);
    }

    private String train(long hiddenBytes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Child.class.getName(),
                folder.resolve("out").toString(),
                Long.toString(hiddenBytes)));
        Process child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.to(folder.resolve("err").toFile()))
                .start();
        try {
            String told = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            assertThat(child.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).as("%s", folder.resolve("err")).isZero();
            return told.lines().toList().getLast();
        } finally {
            child.destroyForcibly();
        }
    }

    /** Trains a few steps with its state in a vault, with some memory on the side. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            Recipe recipe = SameNumbersTest.recipe();
            TrainingRun.Settings settings =
                    new TrainingRun.Settings(CommunicatorGroup.solo(), 1, 0, Path.of(arguments[0]), "test");
            try (Arena hidden = Arena.ofConfined();
                    TrainingRun run = TrainingRun.open(recipe, settings)) {
                hidden.allocate(Long.parseLong(arguments[1])).fill((byte) 1);
                MemoryReport report =
                        run.train(TrainingObserver.none(), () -> false).memory().getFirst();
                System.out.println(report.difference() + " " + report.isExplained());
            }
        }
    }
}
