package io.witan.launcher.engine;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lists of hosts that an engine gives: at most 4096 names come of them, or one line. */
final class HostListFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(64 << 20, 1000);
    private static final String GOOD = "tux[1-3,07],login,a[1-2]b[3-9]";

    @Test
    void listsAreExpandedOrRefused() {
        Fuzz.texts(
                "host lists",
                300_000,
                LIMIT,
                random -> random.nextInt(8) == 0
                        ? GOOD
                        : new Mutations(random, "[", "]", ",", "-", "1-999999999", "[0-4095]", "[1-99]", "x")
                                .damaged(GOOD),
                text -> {
                    try {
                        List<String> hosts = HostList.expand("NODES", text);
                        if (hosts.isEmpty() || hosts.size() > 4096) {
                            throw new AssertionError(hosts.size() + " hosts of " + text);
                        }
                        return true;
                    } catch (LaunchException refusal) {
                        if (refusal.code() != ExitCode.ENVIRONMENT
                                || refusal.getMessage().contains("\n")) {
                            throw new AssertionError("refused with: " + refusal.getMessage());
                        }
                        return false;
                    }
                });
    }
}
