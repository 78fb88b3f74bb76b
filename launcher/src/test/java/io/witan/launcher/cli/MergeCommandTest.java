package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.Launcher;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code merge} refuses before it opens a checkpoint: one line that says what is allowed, and no folder. */
class MergeCommandTest {
    private static final int USAGE = 2;

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    @BeforeEach
    void capture() {
        PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(both);
        System.setErr(both);
    }

    @AfterEach
    void release() {
        System.setOut(out);
        System.setErr(err);
    }

    private int merge(String... more) {
        Path to = folder.resolve("to");
        List<String> words = new ArrayList<>(List.of("merge", "--base", folder.toString(), "--to", to.toString()));
        words.addAll(List.of(more));
        int code = Launcher.run(words.toArray(String[]::new), Main.composition());
        assertThat(to).doesNotExist();
        return code;
    }

    private void assertRefused(int code, String says) {
        assertThat(code).as("%s", printed).isEqualTo(USAGE);
        assertThat(printed.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains(says)))
                .as("%s", printed)
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    arithmetic | --keep=0.2      | --keep has no meaning with --method arithmetic
                    arithmetic | --weights=1     | 1 weights for 2 models; each needs one
                    arithmetic | --weights=1,NaN | --weights must be finite numbers, got NaN
                    arithmetic | --scale=-1      | --scale must be 0 or more, got -1.0
                    ties       | --keep=0        | --keep must be above 0 and at most 1, got 0.0
                    ties       | --weights=1,2   | --weights has no meaning with --method ties
                    pcb        | --keep=1.5      | --keep must be above 0 and at most 1, got 1.5
                    pcb        | --agree=2       | --agree has no meaning with --method pcb
                    consensus  | --agree=3       | 3 of 2 models cannot agree; allowed are 1 to 2
                    mask       | --scale=1       | --method mask needs --task, the number of one of the 2 models
                    mask       | --task=3        | task 3 is none of the 2 models
                    twin       | --keep=-0.1     | --keep must be above 0 and at most 1, got -0.1
                    twin       | --scale=1       | --scale has no meaning with --method twin
                    compose    | --weights=1,2   | --method compose takes no models
                    compose    | --keep=0.1      | --keep has no meaning with --method compose
                    """)
    void optionsThatAreWrongAreNamed(String method, String option, String says) {
        assertRefused(merge("--method", method, option, folder.toString(), folder.toString()), says);
    }

    @Test
    void modelsAndWeightsThatAreMissingAreAskedFor() {
        assertRefused(merge("--method", "ties"), "no model is named beside the base");
        printed.reset();
        assertRefused(merge("--method", "twin"), "--method twin needs models beside the base");
        printed.reset();
        assertRefused(merge("--method", "compose"), "--method compose needs --weights, a number for each model");
        printed.reset();
        assertRefused(
                merge("--method", "arithmetic", "--weights", "1", "--scale", "1", folder.toString()),
                "--scale has no meaning with --weights");
    }
}
