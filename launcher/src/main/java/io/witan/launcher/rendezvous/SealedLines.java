package io.witan.launcher.rendezvous;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;

/**
 * Lines over a socket whose ends have shaken hands: {@code NUMBER MAC TEXT}. The MAC covers number and text; numbers count from 0
 * in each direction. So a line that is changed, left out, repeated or put in by another ends the connection. Each end sends a
 * line at least every five seconds, so that silence means loss. One thread reads, any may write.
 */
final class SealedLines implements Closeable {
    /** Longer than the job of thousands of ranks, or 64 KiB of output written as JSON. */
    static final int MAX_LINE_BYTES = 4 << 20;

    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final String ALIVE = "";
    private static final String FAREWELL = "farewell";

    private final Socket socket;
    private final SocketLines lines;
    private final OutputStream out;
    private final Mac outMac;
    private final Mac inMac;
    private long sent;
    private long received;
    private volatile boolean left;

    SealedLines(Socket socket, SocketLines lines, Mac outMac, Mac inMac) throws IOException {
        this.socket = socket;
        this.lines = lines;
        this.out = socket.getOutputStream();
        this.outMac = outMac;
        this.inMac = inMac;
    }

    /** From now on the other end hears that this one lives. */
    void keepAlive() {
        Thread.ofVirtual().name("rendezvous-alive").start(() -> {
            try {
                while (!socket.isClosed() && !socket.isOutputShutdown()) {
                    send(ALIVE);
                    LockSupport.parkNanos(EVERY.toNanos());
                }
            } catch (IOException _) {
                // Whoever reads sees it too.
            }
        });
    }

    /** Blocks for as long as the other end takes nothing, which is no longer than the silence after which it is lost. */
    synchronized void send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (text.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a message is one line");
        }
        String head = sent + " " + HexFormat.of().formatHex(mac(outMac, sent, bytes)) + " ";
        sent++;
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer line = ByteBuffer.allocate(start.length + bytes.length + 1);
        line.put(start).put(bytes).put((byte) '\n');
        out.write(line.array());
    }

    private static byte[] mac(Mac mac, long number, byte[] text) {
        mac.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
        return mac.doFinal(text);
    }

    /**
     * The next message; null when the other end has said farewell.
     *
     * @throws IOException if the connection is lost, or somebody meddles with it
     */
    String receive() throws IOException {
        return receive(SILENCE);
    }

    String receive(Duration silence) throws IOException {
        while (!left) {
            String text = open(silence);
            if (text.equals(FAREWELL)) {
                left = true;
            } else if (!text.equals(ALIVE)) {
                return text;
            }
        }
        return null;
    }

    private String open(Duration silence) throws IOException {
        String line;
        try {
            line = lines.read(MAX_LINE_BYTES, silence);
        } catch (SocketTimeoutException e) {
            throw silent(silence, e);
        }
        if (line == null) {
            throw new ProtocolException("the connection ended");
        }
        String[] parts = line.split(" ", 3);
        if (parts.length < 3 || !parts[1].matches("[0-9a-f]{64}")) {
            throw new ProtocolException("a line has no MAC");
        }
        byte[] mac = mac(inMac, received, parts[2].getBytes(StandardCharsets.UTF_8));
        boolean genuine = MessageDigest.isEqual(mac, HexFormat.of().parseHex(parts[1]));
        if (!genuine || !parts[0].equals(Long.toString(received))) {
            throw new ProtocolException("line " + received + " is not what was sent");
        }
        received++;
        return parts[2];
    }

    private static IOException silent(Duration silence, SocketTimeoutException cause) {
        ProtocolException lost = new ProtocolException("nothing was heard for " + silence.toSeconds() + " s");
        lost.initCause(cause);
        return lost;
    }

    /** True once the other end has said farewell. */
    boolean isFarewell() {
        return left;
    }

    /** The last message: what follows is no loss. */
    void farewell() {
        try {
            send(FAREWELL);
            socket.shutdownOutput();
        } catch (IOException _) {
            // It was lost before.
        }
    }

    /** Waits until the thread that reads has closed this. */
    void awaitClose(Duration patience) {
        long deadlineNs = System.nanoTime() + patience.toNanos();
        while (!socket.isClosed() && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /**
     * Says farewell and closes, where no other thread reads. The other end's last words are taken first: unread, they would
     * make the end an abrupt one.
     */
    void leave(Duration patience) {
        farewell();
        try {
            while (receive(patience) != null) {
                continue;
            }
        } catch (IOException _) {
            // It is gone, or slow to go.
        }
        close();
    }

    InetAddress peer() {
        return socket.getInetAddress();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException _) {
            // Nothing more to be done about it.
        }
    }
}
