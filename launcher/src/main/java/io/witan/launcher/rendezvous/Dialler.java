package io.witan.launcher.rendezvous;

import io.witan.launcher.agent.AgentLoop;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Wire;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The agent's side: goes to the launcher, then serves it. One thread. */
public final class Dialler {
    private static final Duration AGAIN = Duration.ofMillis(200);
    private static final Duration ATTEMPT = Duration.ofSeconds(10);

    private final String host;
    private final int port;
    private final RunKey key;
    private final Duration timeout;
    private volatile SealedInput orders;

    /** @param timeout for the launcher to be there and to answer, and again for all nodes to be there */
    public Dialler(String host, int port, RunKey key, Duration timeout) {
        this.host = host;
        this.port = port;
        this.key = key;
        this.timeout = timeout;
    }

    /**
     * Runs the node's ranks as the launcher wants it, until they are gone.
     *
     * @return 0, or PEER_LOST if the launcher was lost
     * @throws LaunchException code RENDEZVOUS if it was not to be had, or refuses this node
     */
    public int serve(AgentLink agent, Joining joining) throws IOException, InterruptedException {
        try (SealedLines lines = connect()) {
            lines.send(Wire.encode(joining));
            String text = lines.receive(timeout.plus(ATTEMPT));
            String refusal =
                    text == null ? "" : Wire.decode(text, Joining.Answer.class).refusal();
            if (!refusal.isEmpty()) {
                throw new LaunchException(ExitCode.RENDEZVOUS, "refused by the launcher at " + name() + ": " + refusal);
            }
            lines.keepAlive();
            orders = new SealedInput(lines);
            new AgentLoop(agent, new SealedOutput(lines)).run(orders);
            orders.awaitEnd();
            lines.farewell();
            return lines.isFarewell() ? ExitCode.OK.code() : lost(orders.problem());
        }
    }

    /** True once the launcher has said what to run. Any thread. */
    public boolean hasJob() {
        SealedInput heard = orders;
        return heard != null && heard.hasBegun();
    }

    private int lost(String problem) {
        System.err.println("witan: the launcher at " + name() + " was lost; " + problem);
        return ExitCode.PEER_LOST.code();
    }

    /** Tries until the time is over: the launcher may be slower to start, and its name to be known. */
    private SealedLines connect() {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                return dial();
            } catch (IOException e) {
                if (System.nanoTime() >= deadlineNs) {
                    throw new LaunchException(
                            ExitCode.RENDEZVOUS,
                            "the launcher at " + name() + " was not to be had within " + timeout.toSeconds()
                                    + " s; at last: " + e.getMessage(),
                            e);
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(AGAIN.toMillis()));
        }
    }

    private SealedLines dial() throws IOException {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IOException("the name " + host + " is not known here");
        }
        Socket socket = new Socket();
        try {
            socket.connect(address, Math.toIntExact(ATTEMPT.toMillis()));
            socket.setTcpNoDelay(true);
            return Handshake.dial(socket, key, ATTEMPT);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private String name() {
        return host + ":" + port;
    }
}
