package io.witan.launcher.agent;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Whether a node's ranks can listen where the other nodes will send, before they are started. */
final class EndpointCheck {
    private static final int LARGEST_PORT = 65_535;
    private static final Duration PAUSE = Duration.ofMillis(200);

    private EndpointCheck() {}

    /**
     * @param endpoints {@code host:port} of the node's ranks
     * @param patience how long a port that is in use is waited for: an agent that was here before may still be leaving
     * @throws LaunchException code ENVIRONMENT: the first that is taken, or whose host is not this node
     */
    static void requireFree(List<String> endpoints, Duration patience) throws InterruptedException {
        long deadlineNs = System.nanoTime() + patience.toNanos();
        for (String endpoint : endpoints) {
            int colon = endpoint.lastIndexOf(':');
            String host = endpoint.substring(0, colon);
            int port = Integer.parseInt(endpoint.substring(colon + 1));
            if (port > LARGEST_PORT) {
                throw refused(
                        "UDP port " + port + " does not exist; choose a lower port in the cluster file, or --port");
            }
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw refused("the node's address " + host + " is a name that is not known on it");
            }
            Optional<Problem> problem = problem(address);
            while (problem.isPresent() && problem.get().mayPass() && System.nanoTime() < deadlineNs) {
                Thread.sleep(PAUSE);
                problem = problem(address);
            }
            if (problem.isPresent()) {
                throw refused(problem.get().text());
            }
        }
    }

    /** @param mayPass another program has the port, for now */
    private record Problem(boolean mayPass, String text) {}

    private static Optional<Problem> problem(InetSocketAddress address) {
        String host = address.getHostString();
        int port = address.getPort();
        try (DatagramSocket free = new DatagramSocket(address)) {
            free.disconnect();
            return Optional.empty();
        } catch (BindException e) {
            boolean inUse = e.getMessage().contains("in use");
            String text = inUse
                    ? "UDP port " + port + " of " + host
                            + " is in use, perhaps by another run; choose another port in the cluster file, or --port"
                    : "the node's address " + host + " is none of its own (" + e.getMessage()
                            + "); is it right in the cluster file?";
            return Optional.of(new Problem(inUse, text));
        } catch (SocketException e) {
            return Optional.of(
                    new Problem(false, "cannot listen at UDP port " + port + " of " + host + ": " + e.getMessage()));
        }
    }

    private static LaunchException refused(String problem) {
        return new LaunchException(ExitCode.ENVIRONMENT, problem);
    }
}
