package io.witan.benchmarks.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The two namespaces of {@code namespaces.sh}, and what their kernels count on the link. */
final class LinkedNodes implements AutoCloseable {
    private static final int SENT_BYTES_COLUMN = 8;

    private final Process holder;
    private final String[] pids;

    /** @throws IOException with the script's words if they cannot be made */
    LinkedNodes(Path script, int mtuBytes, String rate) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString(), "--mtu", Integer.toString(mtuBytes)));
        if (rate != null) {
            command.addAll(List.of("--rate", rate));
        }
        holder = new ProcessBuilder(command).redirectErrorStream(true).start();
        String line = holder.inputReader().readLine();
        if (line == null || !line.matches("\\d+ \\d+")) {
            holder.destroyForcibly();
            throw new IOException(line == null ? script + " ended" : line);
        }
        pids = line.split(" ");
    }

    static String address(int node) {
        return "10.231.7." + (node + 1);
    }

    List<String> on(int node) {
        return List.of("nsenter", "--net=/proc/" + pids[node] + "/ns/net");
    }

    /** Sent by both, with the headers of Ethernet. */
    long sentBytes() throws IOException {
        long bytes = 0;
        for (String pid : pids) {
            for (String line : Files.readAllLines(Path.of("/proc", pid, "net/dev"))) {
                String[] interfaceAndColumns = line.strip().split(":\\s*");
                if (interfaceAndColumns[0].equals("eth0")) {
                    bytes += Long.parseLong(interfaceAndColumns[1].split("\\s+")[SENT_BYTES_COLUMN]);
                }
            }
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        holder.getOutputStream().close();
    }
}
