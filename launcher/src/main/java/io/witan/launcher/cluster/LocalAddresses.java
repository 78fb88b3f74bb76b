package io.witan.launcher.cluster;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;

/** Tells whether an address is one of this machine's. */
public final class LocalAddresses {
    private LocalAddresses() {}

    /** False also for a name that cannot be resolved here. */
    public static boolean contains(String address) {
        try {
            InetAddress resolved = InetAddress.getByName(address);
            return resolved.isLoopbackAddress() || NetworkInterface.getByInetAddress(resolved) != null;
        } catch (UnknownHostException | SocketException _) {
            return false;
        }
    }
}
