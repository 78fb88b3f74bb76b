package io.witan.launcher.rendezvous;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The messages of a connection as a stream of lines, which ends with it. One reader. */
final class SealedInput extends InputStream {
    private static final int PATIENCE_S = 60;

    private final SealedLines lines;
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile String problem = "";
    private volatile byte[] line = {};
    private int next;

    SealedInput(SealedLines lines) {
        this.lines = lines;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (next == line.length && !fill()) {
            return -1;
        }
        int count = Math.min(length, line.length - next);
        System.arraycopy(line, next, into, offset, count);
        next += count;
        return count;
    }

    private boolean fill() {
        String text = null;
        try {
            text = end.getCount() == 0 ? null : lines.receive();
        } catch (IOException e) {
            problem = e.getMessage();
        }
        if (text == null) {
            end.countDown();
            return false;
        }
        line = (text + "\n").getBytes(StandardCharsets.UTF_8);
        next = 0;
        return true;
    }

    /** Returns once the reader has come to the end; it does so, at the latest, after the silence that means loss. */
    void awaitEnd() throws InterruptedException {
        if (!end.await(PATIENCE_S, TimeUnit.SECONDS)) {
            problem = "it does not let this agent go";
        }
    }

    /** True once there was a line. Any thread. */
    boolean hasBegun() {
        return line.length > 0;
    }

    /** Why the connection broke. */
    String problem() {
        return problem;
    }
}
