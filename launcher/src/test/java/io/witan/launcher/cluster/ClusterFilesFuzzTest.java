package io.witan.launcher.cluster;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** As {@link ClusterFileFuzzTest}, with any damage, anchors and aliases too, and with bounds on what is allocated. */
final class ClusterFilesFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(4 << 20, 1000);
    private static final String[] FRAGMENTS = {
        "&a ",
        "*a",
        "<<: ",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\t",
        "'",
        "\"",
        "|",
        ">",
        "%YAML 1.1\n",
        "---\n",
        "!!java.util.Date ",
        "99999999999",
        "-1",
        "ranks: 4096",
        "[*a,*a,*a,*a,*a,*a,*a,*a]",
        "&b [*a,*a,*a]",
        "\u0000",
        "é"
    };
    private static final String GOOD =
            "port: 5000\ntimeout: 9\nnodes:\n  - {name: a, address: h1, ranks: 2}\n  - name: b\n    address: h2\n    command: [x, y]\n    home: /w\n";

    @Test
    void damagedFilesAreReadOrRefused() {
        Fuzz.texts("cluster files", 200_000, LIMIT, ClusterFilesFuzzTest::input, text -> {
            try {
                return ClusterFile.parse(text, "f", _ -> true).worldSize() > 0;
            } catch (LaunchException refusal) {
                String message = refusal.getMessage();
                if (refusal.code() != ExitCode.CONFIG || !message.startsWith("f:") || message.contains("\n")) {
                    throw new AssertionError("refused with: " + message);
                }
                return false;
            }
        });
    }

    private static String input(SplittableRandom random) {
        return random.nextInt(10) == 0 ? GOOD : new Mutations(random, FRAGMENTS).damaged(GOOD);
    }
}
