package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.LauncherProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code merge}, as a user starts it: a shared model of two runs, what each has alone, and a model of both parts. */
final class MergeIT {
    private static final int CHECKPOINT = 6;

    @TempDir
    Path folder;

    private List<String> run(int code, String... words) throws IOException, InterruptedException {
        try (LauncherProcess process = Witan.start(folder, words)) {
            assertThat(process.exitCode())
                    .as("%s: %s", List.of(words), process.err())
                    .isEqualTo(code);
            return code == 0 ? process.out() : process.err();
        }
    }

    private void train(String out, String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of("--out", out, "--set", "train.steps=3"));
        words.addAll(List.of(more));
        try (LauncherProcess train = Witan.train(folder, words.toArray(String[]::new))) {
            assertThat(train.exitCode()).as("%s", train.err()).isZero();
        }
    }

    @Test
    void aTwinIsMadeAndPutTogether() throws Exception {
        train("base");
        train("a", "--set", "checkpoint.init_from=base", "--set", "train.seed=5");
        train("b", "--set", "checkpoint.init_from=base", "--set", "train.seed=6");
        run(0, "merge", "--base", "base", "--method", "pcb", "--to", "shared", "a", "b");
        assertThat(run(0, "merge", "--base", "shared", "--method", "twin", "--keep", "1", "--to", "twin", "a", "b"))
                .anyMatch(line -> line.matches("task 2: [\\d,]+ values of b"))
                .contains("recipe: twin/recipe.yaml");
        run(0, "merge", "--base", "twin", "--method", "compose", "--weights", "0,1", "--to", "like-b");
        String loss = run(0, "eval", "b").getFirst().replaceFirst("^step \\d+: ", "");
        assertThat(run(0, "eval", "like-b").getFirst()).isEqualTo("step 0: " + loss);
        assertThat(run(0, "eval", "twin").getFirst()).isNotEqualTo("step 0: " + loss);

        assertThat(run(CHECKPOINT, "merge", "--base", "shared", "--method", "compose", "--weights", "1", "--to", "no"))
                .contains("witan: shared: no exclusive vectors; expected a folder that --method twin made");
        assertThat(folder.resolve("no")).doesNotExist();
    }
}
