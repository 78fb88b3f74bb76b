package io.witan.launcher.agent;

import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A node agent in another process, usually on another machine, reached by the node's command. The connection is the
 * process's stdin and stdout: when it breaks, the agent sees the end of its stdin and kills its ranks.
 */
public final class RemoteAgent implements AgentLink {
    private static final int CLOSE_WAIT_S = 5;

    private final NodeSpec node;
    private final List<String> command;
    private Consumer<AgentEvent> events;
    private Process process;
    private OutputStream stdin;
    private boolean started;
    private boolean ended;

    /** @param agentWords the command line of the agent on its own machine */
    public RemoteAgent(NodeSpec node, List<String> agentWords) {
        this.node = node;
        this.command = commandLine(node, agentWords);
    }

    /** The node's command with the agent's words, in a session of its own so that Ctrl-C does not cut the connection. */
    public static List<String> commandLine(NodeSpec node, List<String> agentWords) {
        List<String> line = new ArrayList<>();
        if (onPath("setsid")) {
            line.add("setsid");
        }
        line.addAll(node.command());
        for (String word : agentWords) {
            line.add(node.throughShell() ? "'" + word.replace("'", "'\\''") + "'" : word);
        }
        return line;
    }

    private static boolean onPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void start(NodeJob job, Consumer<AgentEvent> sink) {
        events = sink;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            sink.accept(new AgentEvent.Failed(
                    ExitCode.ENVIRONMENT.code(), "cannot run \"" + String.join(" ", node.command()) + "\": " + e));
            return;
        }
        stdin = process.getOutputStream();
        Thread.ofPlatform().daemon().name("agent-" + node.name() + "-out").start(this::followOut);
        Thread.ofPlatform().daemon().name("agent-" + node.name() + "-err").start(() -> new LinePump(
                        process.getErrorStream(), this::note)
                .run());
        send(Wire.encode(job));
    }

    private void followOut() {
        new LinePump(process.getInputStream(), this::line, Integer.MAX_VALUE).run();
        reportLoss();
    }

    private void line(String line) {
        if (!line.startsWith(Wire.EVENT_MARK)) {
            note(line);
            return;
        }
        AgentEvent event;
        try {
            event = Wire.decode(line.substring(Wire.EVENT_MARK.length()), AgentEvent.class);
        } catch (LaunchException e) {
            note(e.getMessage());
            process.destroyForcibly();
            return;
        }
        synchronized (this) {
            started |= event instanceof AgentEvent.Started;
            ended |= event instanceof AgentEvent.Finished || event instanceof AgentEvent.Failed;
        }
        events.accept(event);
    }

    private void note(String text) {
        if (!text.startsWith("WARNING: Using incubator modules")) {
            events.accept(new AgentEvent.Note(text));
        }
    }

    private void reportLoss() {
        int code;
        try {
            code = process.waitFor(CLOSE_WAIT_S, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
        boolean wasStarted;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            wasStarted = started;
        }
        String how = "\"" + String.join(" ", node.command()) + "\" ended: " + ExitCode.describe(code);
        boolean ours = code >= ExitCode.USAGE.code() && code <= ExitCode.OUTPUT.code();
        int reported = ours ? code : ExitCode.RENDEZVOUS.code();
        events.accept(
                wasStarted
                        ? new AgentEvent.Failed(ExitCode.PEER_LOST.code(), "the node's agent was lost; " + how)
                        : new AgentEvent.Failed(reported, "the node's agent did not start; " + how));
    }

    @Override
    public void goOn(NodeJob next, Set<Integer> replaced) {
        send(Wire.encode(new AgentLoop.GoOn(next, replaced)));
    }

    @Override
    public void stop() {
        send(AgentLoop.STOP);
    }

    @Override
    public void kill() {
        send(AgentLoop.KILL);
    }

    private synchronized void send(String line) {
        if (stdin == null) {
            return;
        }
        try {
            stdin.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            stdin.flush();
        } catch (IOException _) {
            // The agent is gone; the end of its stdout says so.
        }
    }

    @Override
    public void close() {
        if (process == null) {
            return;
        }
        try {
            stdin.close();
        } catch (IOException _) {
            // It was broken already.
        }
        try {
            if (!process.waitFor(CLOSE_WAIT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
