package io.witan.launcher.rendezvous;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.Wire;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The launcher's side: listens at one address until the agents of all other nodes have come. Whoever does not know the run's
 * key is dropped and counted. One thread gathers; each connection shakes hands on a thread of its own.
 */
public final class Rendezvous implements AutoCloseable {
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    /** Connections that shake hands at a time; more than that are dropped. */
    private static final int AT_ONCE = 256;

    private final ServerSocket server;
    private final RunKey key;
    private final Strangers strangers = new Strangers();
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final LinkedBlockingQueue<Guest> guests = new LinkedBlockingQueue<>();

    /** One who knows the key. */
    private record Guest(SealedLines lines, Joining joining) {}

    private Rendezvous(ServerSocket server, RunKey key) {
        this.server = server;
        this.key = key;
    }

    /**
     * Listens at this address alone.
     *
     * @throws LaunchException code ENVIRONMENT if it is not one of this machine's, or taken
     */
    public static Rendezvous open(InetSocketAddress at, RunKey key) {
        try {
            ServerSocket server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(at, AT_ONCE);
            return new Rendezvous(server, key);
        } catch (IOException e) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "rendezvous: TCP port " + at.getPort() + " of "
                            + at.getAddress().getHostAddress()
                            + " is not to be had (" + e.getMessage()
                            + "); it must be an address of the first node, and a free port",
                    e);
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /**
     * Waits for the agents; no more are let in then.
     *
     * @param notes gets a line for what is odd but no reason to end
     * @return by the number of their processes; to be closed by the caller
     * @throws LaunchException code RENDEZVOUS if some do not come in time, ENVIRONMENT if one has another version
     */
    public Map<Integer, SocketAgent> gather(Expected expected, Duration timeout, Consumer<String> notes)
            throws InterruptedException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        Thread.ofVirtual().name("rendezvous").start(this::listen);
        Map<Integer, SealedLines> there = new TreeMap<>();
        Map<Integer, Joining> names = new TreeMap<>();
        try {
            while (names.values().stream().mapToInt(Joining::processes).sum() < expected.elsewhere()) {
                Guest guest = guests.poll(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (guest == null) {
                    throw new LaunchException(
                            ExitCode.RENDEZVOUS,
                            expected.missing(names.values()) + " within " + timeout.toSeconds() + " s to "
                                    + address().getAddress().getHostAddress() + ":"
                                    + address().getPort());
                }
                String refusal = refusal(guest, expected, names, there);
                answer(guest, refusal);
                if (refusal.isEmpty()) {
                    names.put(guest.joining().process(), guest.joining());
                    there.put(guest.joining().process(), guest.lines());
                } else {
                    notes.accept("refused: " + refusal);
                    requireSameVersion(guest.joining(), expected, refusal);
                }
            }
        } catch (LaunchException | InterruptedException e) {
            there.values().forEach(lines -> lines.leave(FAREWELL));
            throw e;
        } finally {
            close();
            strangers.line().ifPresent(notes);
        }
        Map<Integer, SocketAgent> agents = new TreeMap<>();
        there.forEach((process, lines) -> agents.put(process, new SocketAgent(names.get(process), lines)));
        return agents;
    }

    private static String refusal(
            Guest guest, Expected expected, Map<Integer, Joining> names, Map<Integer, SealedLines> there) {
        Joining joining = guest.joining();
        String who = "node " + joining.node() + " (" + guest.lines().peer().getHostAddress() + ")";
        if (!joining.version().equals(expected.version())) {
            return who + " runs witan " + joining.version() + ", the launcher witan " + expected.version()
                    + "; all need the same";
        }
        int process = joining.process();
        if (names.containsKey(process)) {
            return who + " came as process " + process + ", which node "
                    + names.get(process).node() + " ("
                    + there.get(process).peer().getHostAddress() + ") is already";
        }
        int left = expected.elsewhere()
                - names.values().stream().mapToInt(Joining::processes).sum();
        if (joining.processes() < 1 || joining.processes() > left || joining.ranks() < 1 || process < 1) {
            return who + " came as process " + process + " with " + joining.processes() + " processes and "
                    + joining.ranks() + " ranks, but " + left + " of " + expected.processes()
                    + " processes are missing";
        }
        return "";
    }

    private static void requireSameVersion(Joining joining, Expected expected, String refusal) {
        if (!joining.version().equals(expected.version())) {
            throw new LaunchException(ExitCode.ENVIRONMENT, refusal);
        }
    }

    private static void answer(Guest guest, String refusal) {
        try {
            guest.lines().send(Wire.encode(new Joining.Answer(refusal)));
            if (refusal.isEmpty()) {
                guest.lines().keepAlive();
            } else {
                guest.lines().farewell();
            }
        } catch (IOException _) {
            // It has gone meanwhile, which shows when it is given its job.
        }
    }

    private void listen() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                if (room.tryAcquire()) {
                    Thread.ofVirtual().name("rendezvous-handshake").start(() -> greet(socket));
                } else {
                    drop(socket, "came while " + AT_ONCE + " others were shaking hands");
                }
            } catch (IOException _) {
                // Closed, or a connection that ended before it was accepted.
            }
        }
    }

    private void greet(Socket socket) {
        try {
            socket.setTcpNoDelay(true);
            SealedLines lines = Handshake.accept(socket, key, HANDSHAKE);
            String text = lines.receive(HANDSHAKE);
            if (text == null) {
                lines.close();
                return;
            }
            Guest guest = new Guest(lines, Wire.decode(text, Joining.class));
            guests.add(guest);
            // Too late, unless it was let in meanwhile.
            if (server.isClosed() && guests.remove(guest)) {
                lines.close();
            }
        } catch (IOException | LaunchException e) {
            drop(socket, e.getMessage());
        } finally {
            room.release();
        }
    }

    private void drop(Socket socket, String why) {
        strangers.add(socket.getInetAddress(), why);
        try {
            socket.close();
        } catch (IOException _) {
            // It is closed all the same.
        }
    }

    /** Stops listening. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException _) {
            // It listens no more.
        }
        for (Guest late = guests.poll(); late != null; late = guests.poll()) {
            late.lines().close();
        }
    }
}
