package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Two network namespaces of this machine with a link between them: two nodes that share no loopback. */
public final class NetworkNamespaces implements AutoCloseable {
    private final String a;
    private final String b;

    private NetworkNamespaces(String a, String b) {
        this.a = a;
        this.b = b;
    }

    /** Makes them, or skips the test if this user may not. */
    public static NetworkNamespaces linked() {
        String run = UUID.randomUUID().toString().substring(0, 8);
        NetworkNamespaces made = new NetworkNamespaces("witan-a-" + run, "witan-b-" + run);
        assumeTrue(quietly("ip", "netns", "add", made.a), "needs root and iproute2");
        try {
            made.link();
            return made;
        } catch (AssertionError e) {
            made.close();
            throw e;
        }
    }

    private void link() {
        shell("ip netns add " + b);
        shell("ip -n " + a + " link add eth0 type veth peer name eth0 netns " + b);
        shell("ip -n " + a + " addr add 10.231.7.1/24 dev eth0 && ip -n " + b + " addr add 10.231.7.2/24 dev eth0");
        shell("ip -n " + a + " link set eth0 up && ip -n " + b + " link set eth0 up");
    }

    /** A cluster file with node a in one and node b in the other, a rank each. */
    public void writeCluster(Path file, Path home) throws IOException {
        writeCluster(file, home, 1);
    }

    /** The same with more ranks on each. */
    public void writeCluster(Path file, Path home, int ranks) throws IOException {
        Files.writeString(
                file,
                """
                nodes:
                  - {name: a, address: 10.231.7.1, ranks: %4$d, command: [ip, netns, exec, %1$s], home: "%3$s"}
                  - {name: b, address: 10.231.7.2, ranks: %4$d, command: [ip, netns, exec, %2$s], home: "%3$s"}
                """
                        .formatted(a, b, home, ranks));
    }

    /** Nothing passes the link any more. */
    public void cut() {
        shell("ip -n " + a + " link set eth0 down");
    }

    /** It passes again. */
    public void mend() {
        shell("ip -n " + a + " link set eth0 up");
    }

    @Override
    public void close() {
        quietly("ip", "netns", "del", a);
        quietly("ip", "netns", "del", b);
    }

    static void shell(String command) {
        assertThat(quietly("sh", "-c", command)).as(command).isTrue();
    }

    static boolean quietly(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
