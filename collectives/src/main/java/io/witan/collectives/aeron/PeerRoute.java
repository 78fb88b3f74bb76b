package io.witan.collectives.aeron;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;

/** How long a datagram may be that reaches a peer without being cut up by IP. */
final class PeerRoute {
    /** Sets the length of datagrams, for all peers, where the interface does not tell what the path carries. */
    static final String DATAGRAM_PROPERTY = "witan.network.datagram";

    static final int LEAST_DATAGRAM_BYTES = 1024;
    /** The longest that UDP over IPv4 carries, in whole units of Aeron's alignment. */
    static final int LARGEST_DATAGRAM_BYTES = 65504;
    /** Passes Ethernet and the usual tunnels over it. */
    private static final int UNKNOWN_DATAGRAM_BYTES = 1408;

    private static final int ALIGNMENT = 32;
    private static final int UDP_BYTES = 8;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;

    private PeerRoute() {}

    /**
     * From the MTU of the interface that the route to an endpoint leaves by; nothing is sent.
     *
     * @throws IllegalArgumentException if {@value #DATAGRAM_PROPERTY} is set to what cannot be
     */
    static int datagramBytes(String endpoint) {
        String chosen = System.getProperty(DATAGRAM_PROPERTY);
        return chosen == null ? found(endpoint) : parse(chosen);
    }

    /** The payload of the longest datagram that an MTU carries in one piece. */
    static int fitting(int mtuBytes, boolean ipv6) {
        int payload = mtuBytes - UDP_BYTES - (ipv6 ? IPV6_BYTES : IPV4_BYTES);
        return Math.clamp(payload / ALIGNMENT * ALIGNMENT, LEAST_DATAGRAM_BYTES, LARGEST_DATAGRAM_BYTES);
    }

    private static int found(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        String host = endpoint.substring(0, colon).replace("[", "").replace("]", "");
        try (DatagramSocket socket = new DatagramSocket()) {
            InetAddress peer = InetAddress.getByName(host);
            socket.connect(new InetSocketAddress(peer, Integer.parseInt(endpoint.substring(colon + 1))));
            NetworkInterface out = NetworkInterface.getByInetAddress(socket.getLocalAddress());
            return out == null ? UNKNOWN_DATAGRAM_BYTES : fitting(out.getMTU(), peer instanceof Inet6Address);
        } catch (IOException | UncheckedIOException | IllegalArgumentException unknown) {
            return UNKNOWN_DATAGRAM_BYTES;
        }
    }

    private static int parse(String chosen) {
        int bytes = chosen.matches("\\d{1,6}") ? Integer.parseInt(chosen) : -1;
        if (bytes < LEAST_DATAGRAM_BYTES || bytes > LARGEST_DATAGRAM_BYTES) {
            throw new IllegalArgumentException("-D" + DATAGRAM_PROPERTY + "=" + chosen + " is not a length in "
                    + LEAST_DATAGRAM_BYTES + ".." + LARGEST_DATAGRAM_BYTES + " bytes");
        }
        return bytes / ALIGNMENT * ALIGNMENT;
    }
}
