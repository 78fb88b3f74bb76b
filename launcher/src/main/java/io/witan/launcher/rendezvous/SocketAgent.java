package io.witan.launcher.rendezvous;

import io.witan.launcher.agent.AgentLoop;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/** The launcher's hold on an agent that has come to its rendezvous. When the connection breaks, the agent kills its ranks. */
public final class SocketAgent implements AgentLink {
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final Joining joining;
    private final SealedLines lines;
    private Consumer<AgentEvent> events;
    private boolean ended;

    SocketAgent(Joining joining, SealedLines lines) {
        this.joining = joining;
        this.lines = lines;
    }

    /** What the agent said of itself. */
    public Joining joining() {
        return joining;
    }

    /** Numeric, as the launcher sees it. */
    public String address() {
        return lines.peer().getHostAddress();
    }

    @Override
    public void start(NodeJob job, Consumer<AgentEvent> sink) {
        synchronized (this) {
            events = sink;
        }
        Thread.ofPlatform().daemon().name("agent-" + joining.node()).start(() -> follow(sink));
        send(Wire.encode(job));
    }

    private void follow(Consumer<AgentEvent> sink) {
        String why = "it left";
        try {
            for (String line = lines.receive(); line != null; line = lines.receive()) {
                AgentEvent event = AgentLoop.event(line);
                synchronized (this) {
                    ended |= event instanceof AgentEvent.Finished || event instanceof AgentEvent.Failed;
                }
                sink.accept(event);
            }
        } catch (IOException | LaunchException e) {
            why = e.getMessage();
        }
        lines.close();
        reportLoss(sink, why);
    }

    private void reportLoss(Consumer<AgentEvent> sink, String why) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        sink.accept(new AgentEvent.Failed(
                ExitCode.PEER_LOST.code(), "the node's agent at " + address() + " was lost; " + why));
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

    private void send(String line) {
        try {
            lines.send(line);
        } catch (IOException _) {
            // The agent is gone; who follows it says so.
        }
    }

    @Override
    public void close() {
        boolean followed;
        synchronized (this) {
            followed = events != null;
        }
        if (followed) {
            lines.farewell();
            lines.awaitClose(CLOSE_WAIT);
            lines.close();
        } else {
            lines.leave(CLOSE_WAIT);
        }
    }
}
