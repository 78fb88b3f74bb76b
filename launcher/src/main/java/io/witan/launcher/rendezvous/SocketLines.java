package io.witan.launcher.rendezvous;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Reads lines that end in LF from a socket: each of bounded length, against a deadline. One thread. */
final class SocketLines {
    private final Socket socket;
    private final InputStream in;
    private final byte[] buffer = new byte[8192];
    private int next;
    private int end;

    SocketLines(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
    }

    /**
     * The next line without its end; null at the end of the stream.
     *
     * @throws SocketTimeoutException if it is not whole in time
     * @throws ProtocolException if it is too long or cut off
     */
    String read(int maxBytes, Duration patience) throws IOException {
        long deadlineNs = System.nanoTime() + patience.toNanos();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            if (next == end && !fill(deadlineNs)) {
                if (line.size() == 0) {
                    return null;
                }
                throw new ProtocolException("a line was cut off");
            }
            byte b = buffer[next++];
            if (b == '\n') {
                return line.toString(StandardCharsets.UTF_8);
            }
            line.write(b);
            if (line.size() > maxBytes) {
                throw new ProtocolException("a line is longer than " + maxBytes + " bytes");
            }
        }
    }

    /** False at the end of the stream. */
    private boolean fill(long deadlineNs) throws IOException {
        long leftMs = Duration.ofNanos(deadlineNs - System.nanoTime()).toMillis();
        if (leftMs <= 0) {
            throw new SocketTimeoutException("nothing came in time");
        }
        socket.setSoTimeout(Math.toIntExact(leftMs));
        next = 0;
        end = Math.max(0, in.read(buffer));
        return end > 0;
    }
}
