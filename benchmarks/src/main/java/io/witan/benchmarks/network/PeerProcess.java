package io.witan.benchmarks.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The parent's end of a process on one of the nodes, which ends with this one. */
final class PeerProcess implements AutoCloseable {
    private static final int GRACE_SECONDS = 20;

    private final String role;
    private final Process process;
    private final BufferedReader output;
    private final Writer orders;

    /** @param prefix words that make a command run on the node */
    PeerProcess(List<String> prefix, List<String> words) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), NetworkPeer.class.getName()));
        command.addAll(words);
        role = String.join(" ", words.subList(0, Math.min(3, words.size())));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = process.inputReader();
        orders = process.outputWriter();
    }

    void order(String order) throws IOException {
        orders.write(order + "\n");
        orders.flush();
    }

    /** What follows these words on the next line that begins with them. Peers have deadlines of their own. */
    String await(String words) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(words)) {
                return line.substring(words.length());
            }
        }
        throw new IOException(role + " ended instead of saying \"" + words + "\"");
    }

    /** Processor time since its start. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    @Override
    public void close() throws IOException {
        orders.close();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
