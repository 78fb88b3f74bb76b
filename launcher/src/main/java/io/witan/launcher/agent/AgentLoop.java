package io.witan.launcher.agent;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * The agent process's side of a {@link RemoteAgent}: the job on the first line of stdin, then {@code stop},
 * {@code kill} or a {@link GoOn}; events go to stdout. At the end of stdin the ranks are killed: the launcher or the connection is gone.
 */
public final class AgentLoop {
    /** {@link AgentLink#stop} as a message. */
    public static final String STOP = "stop";

    /** {@link AgentLink#kill} as a message. */
    public static final String KILL = "kill";

    /** {@link AgentLink#goOn} as a message. */
    public record GoOn(NodeJob next, Set<Integer> replaced) {}

    private final AgentLink agent;
    private final OutputStream out;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);

    public AgentLoop(AgentLink agent, OutputStream out) {
        this.agent = agent;
        this.out = out;
    }

    /** Returns when the node's ranks are gone. */
    public int run(InputStream in) throws IOException, InterruptedException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        String first = lines.readLine();
        if (first == null) {
            return ExitCode.USAGE.code();
        }
        NodeJob job = Wire.decode(first, NodeJob.class);
        Thread.ofPlatform().daemon().name("agent-orders").start(() -> obey(lines));
        agent.start(job, this::report);
        started.countDown();
        done.await();
        agent.close();
        return ExitCode.OK.code();
    }

    /** Orders wait until the start has returned; the end of stdin before the first of them does not. */
    private void obey(BufferedReader lines) {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                started.await();
                if (line.equals(STOP)) {
                    agent.stop();
                } else if (line.equals(KILL)) {
                    agent.kill();
                } else {
                    GoOn order = Wire.decode(line, GoOn.class);
                    agent.goOn(order.next(), order.replaced());
                }
            }
        } catch (IOException _) {
            // As the end of stdin.
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
        agent.close();
    }

    /** What an agent wrote as one line. */
    public static AgentEvent event(String line) {
        return Wire.decode(line.substring(Math.min(Wire.EVENT_MARK.length(), line.length())), AgentEvent.class);
    }

    private void report(AgentEvent event) {
        byte[] line = (Wire.EVENT_MARK + Wire.encode(event) + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            try {
                out.write(line);
                out.flush();
            } catch (IOException _) {
                // Nobody listens any more; the end of stdin comes too.
            }
        }
        if (event instanceof AgentEvent.Finished || event instanceof AgentEvent.Failed) {
            done.countDown();
        }
    }
}
