package io.witan.launcher.watch;

import static io.witan.launcher.watch.Steps.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.train.StepResult.ExpertMove;
import io.witan.scheduler.plan.Placement;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecisionFileTest {
    private static final List<Placement> OWNERS = List.of(Placement.ofOwners(new int[] {0, 1}, 2));
    private static final long[][] LOAD = {{1, 1}};

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("decisions.log");
    }

    private void write(long completed, long... steps) {
        try (DecisionFile decisions = DecisionFile.open(file(), completed, Sharding.WHOLE)) {
            for (long step : steps) {
                assertThat(decisions.append(step(step, LOAD, OWNERS, new ExpertMove(0, 1, 1, 0))))
                        .hasSize(1);
            }
        }
    }

    @Test
    void aResumedRunReplacesWhatCameAfterItsStep() {
        write(0, 3, 10, 11);
        write(10, 11, 12);
        assertThat(file())
                .hasContent(
                        """
                        step 3: layer 0: expert 1 moves from rank 1 to rank 0
                        step 10: layer 0: expert 1 moves from rank 1 to rank 0
                        step 11: layer 0: expert 1 moves from rank 1 to rank 0
                        step 12: layer 0: expert 1 moves from rank 1 to rank 0
                        """);
    }

    @Test
    void aRunWithoutDecisionsLeavesAnEmptyFile() {
        write(0);
        assertThat(file()).isEmptyFile();
    }

    @Test
    void aFileThatCanNotBeWrittenIsOneLine() {
        assertThatThrownBy(() -> DecisionFile.open(folder, 0, Sharding.WHOLE))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("cannot be written")
                .message()
                .doesNotContain("\n");
    }
}
