package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class OomScoreTest {
    private static final Path FILE = Path.of("/proc/self/oom_score_adj");

    @Test
    void aProcessComesFirstForAWhile() throws Exception {
        String before = Files.readString(FILE);
        OomScore score = OomScore.first();
        try {
            assertThat(Files.readString(FILE)).isEqualTo("1000\n");
        } finally {
            score.restore();
        }
        assertThat(Files.readString(FILE)).isEqualTo(before);
    }
}
