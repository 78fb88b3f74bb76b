package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Two nodes, 0 and 1, that share no network but a veth pair; they vanish with this process, however it ends. */
final class NetworkNamespaces implements AutoCloseable {
    private static final int SENT_BYTES_COLUMN = 8;

    private final Process holder;
    private final List<String> pids;

    private NetworkNamespaces(Process holder, List<String> pids) {
        this.holder = holder;
        this.pids = pids;
    }

    /** Makes them, or skips the test if this user may not. */
    static NetworkNamespaces linked(String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(root().resolve("benchmarks/network/namespaces.sh").toString());
        command.addAll(List.of(options));
        Process holder = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader output = holder.inputReader();
        String line = output.readLine();
        boolean made = line != null && line.matches("\\d+ \\d+");
        if (!made) {
            holder.destroyForcibly();
        }
        assumeTrue(made, line);
        return new NetworkNamespaces(holder, List.of(line.split(" ")));
    }

    static String address(int node) {
        return "10.231.7." + (node + 1);
    }

    /** Words before a command line that make it run on that node. */
    List<String> on(int node) {
        return List.of("nsenter", "--net=/proc/" + pids.get(node) + "/ns/net");
    }

    /** What the node's kernel has sent to the other, Ethernet headers included. */
    long sentBytes(int node) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", pids.get(node), "net/dev"))) {
            String[] interfaceAndColumns = line.strip().split(":\\s*");
            if (interfaceAndColumns[0].equals("eth0")) {
                return Long.parseLong(interfaceAndColumns[1].split("\\s+")[SENT_BYTES_COLUMN]);
            }
        }
        throw new AssertionError("node " + node + " has no eth0");
    }

    @Override
    public void close() throws IOException {
        holder.getOutputStream().close();
        assertThat(holder.onExit().orTimeout(10, TimeUnit.SECONDS).join().exitValue())
                .isZero();
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
