package io.witan.launcher.rendezvous;

import java.net.InetAddress;
import java.util.Optional;

/** Connections that were dropped. Thread-safe. */
final class Strangers {
    private int count;
    private String last = "";

    synchronized void add(InetAddress from, String why) {
        count++;
        last = from.getHostAddress() + ", which " + why;
    }

    /** All of them in one line; empty: there were none. */
    synchronized Optional<String> line() {
        if (count == 0) {
            return Optional.empty();
        }
        return Optional.of(
                count == 1
                        ? "a connection was dropped: from " + last
                        : count + " connections were dropped, the last from " + last);
    }
}
