package io.witan.launcher.agent;

import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.Wire;
import io.witan.launcher.process.LinePump;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    /** Gone, but may be started again. */
    private boolean lost;

    private boolean ended;
    /** The command's last line on stderr before anything started, which most likely says why it failed. */
    private volatile String complaint = "";

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
        Process made;
        try {
            made = new ProcessBuilder(command).start();
        } catch (IOException e) {
            sink.accept(new AgentEvent.Failed(
                    ExitCode.ENVIRONMENT.code(), "cannot run \"" + String.join(" ", node.command()) + "\": " + e));
            return;
        }
        Thread heard = Thread.ofPlatform()
                .daemon()
                .name("agent-" + node.name() + "-err")
                .start(() -> new LinePump(made.getErrorStream(), this::complain).run());
        synchronized (this) {
            process = made;
            stdin = made.getOutputStream();
            started = false;
            lost = false;
        }
        Thread.ofPlatform().daemon().name("agent-" + node.name() + "-out").start(() -> followOut(made, heard));
        send(Wire.encode(job));
    }

    private void followOut(Process followed, Thread complaints) {
        new LinePump(followed.getInputStream(), line -> line(followed, line), Integer.MAX_VALUE).run();
        reportLoss(followed, complaints);
    }

    private void line(Process from, String line) {
        if (!line.startsWith(Wire.EVENT_MARK)) {
            note(line);
            return;
        }
        AgentEvent event;
        try {
            event = Wire.decode(line.substring(Wire.EVENT_MARK.length()), AgentEvent.class);
        } catch (LaunchException e) {
            note(e.getMessage());
            from.destroyForcibly();
            return;
        }
        synchronized (this) {
            started |= event instanceof AgentEvent.Started;
            ended |= event instanceof AgentEvent.Finished || event instanceof AgentEvent.Failed;
        }
        events.accept(event);
    }

    private void complain(String text) {
        note(text);
        complaint = text.isBlank() || isUsual(text) ? complaint : text.strip();
    }

    private void note(String text) {
        if (!isUsual(text)) {
            events.accept(new AgentEvent.Note(text));
        }
    }

    private static boolean isUsual(String text) {
        return text.startsWith("WARNING: Using incubator modules");
    }

    private void reportLoss(Process followed, Thread complaints) {
        int code;
        try {
            code = followed.waitFor(CLOSE_WAIT_S, TimeUnit.SECONDS) ? followed.exitValue() : -1;
            complaints.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
        boolean wasStarted;
        synchronized (this) {
            if (ended) {
                return;
            }
            wasStarted = started;
            lost = wasStarted;
            ended = !wasStarted;
        }
        String command = String.join(" ", node.command());
        String how = "\"" + command + "\" ended: " + ExitCode.describe(code);
        boolean ours = code >= ExitCode.USAGE.code() && code <= ExitCode.OUTPUT.code();
        int reported = ours ? code : ExitCode.RENDEZVOUS.code();
        events.accept(
                wasStarted
                        ? new AgentEvent.AgentLost("the node's agent was lost; " + how)
                        : new AgentEvent.Failed(
                                reported, "the node's agent did not start; " + how + advice(command, ours)));
    }

    /** What the command said, and how to try it alone. @param ours the code is one of Witan's: then the command itself works */
    private String advice(String command, boolean ours) {
        String said = complaint.isEmpty() ? "" : ": " + complaint;
        return ours || command.isEmpty() ? said : said + "; does it work alone: " + command + " true";
    }

    @Override
    public void goOn(NodeJob next, Set<Integer> replaced) {
        boolean anew;
        synchronized (this) {
            anew = lost;
        }
        if (anew) {
            start(next, events);
            return;
        }
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
