package io.witan.launcher.agent;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;

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
            while (System.nanoTime() < deadlineNs && isInUse(address)) {
                Thread.sleep(PAUSE);
            }
            requireFree(address);
        }
    }

    private static boolean isInUse(InetSocketAddress address) {
        try (DatagramSocket free = new DatagramSocket(address)) {
            free.disconnect();
            return false;
        } catch (BindException e) {
            return e.getMessage().contains("in use");
        } catch (SocketException _) {
            return false;
        }
    }

    private static void requireFree(InetSocketAddress address) {
        String host = address.getHostString();
        int port = address.getPort();
        try (DatagramSocket free = new DatagramSocket(address)) {
            free.disconnect();
        } catch (BindException e) {
            throw refused(
                    e.getMessage().contains("in use")
                            ? "UDP port " + port + " of " + host
                                    + " is in use, perhaps by another run; choose another port in the cluster file, or --port"
                            : "the node's address " + host + " is none of its own (" + e.getMessage()
                                    + "); is it right in the cluster file?");
        } catch (SocketException e) {
            throw refused("cannot listen at UDP port " + port + " of " + host + ": " + e.getMessage());
        }
    }

    private static LaunchException refused(String problem) {
        return new LaunchException(ExitCode.ENVIRONMENT, problem);
    }
}
