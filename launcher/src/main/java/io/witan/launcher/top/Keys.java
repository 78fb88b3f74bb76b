package io.witan.launcher.top;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Single keys of the terminal, without Enter, until closed. Where there is no terminal, there are no keys. */
final class Keys implements AutoCloseable {
    private static final long STTY_SECONDS = 2;
    private static final long LOOK_MS = 50;

    private final InputStream in;
    /** Empty: there is no terminal. */
    private final Optional<String> before;

    private final Thread restorer = new Thread(this::restore, "witan-top-keys");

    private Keys(InputStream in, Optional<String> before) {
        this.in = in;
        this.before = before;
    }

    static Keys open(InputStream in) {
        Keys keys = new Keys(
                in, stty("-g").filter(_ -> stty("-icanon -echo min 0 time 0").isPresent()));
        if (keys.before.isPresent()) {
            Runtime.getRuntime().addShutdownHook(keys.restorer);
        }
        return keys;
    }

    /** Waits that long for the key. */
    boolean pressed(char key, long millis) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (true) {
            if (before.isPresent() && hasRead(key)) {
                return true;
            }
            long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
            if (leftMs <= 0) {
                return false;
            }
            Thread.sleep(Math.min(LOOK_MS, leftMs));
        }
    }

    private boolean hasRead(char key) {
        try {
            while (in.available() > 0) {
                if (in.read() == key) {
                    return true;
                }
            }
            return false;
        } catch (IOException _) {
            return false;
        }
    }

    private void restore() {
        before.ifPresent(Keys::stty);
    }

    /** What it says; empty if there is no terminal. */
    private static Optional<String> stty(String settings) {
        try {
            Process stty = new ProcessBuilder("sh", "-c", "exec stty " + settings + " </dev/tty 2>/dev/null").start();
            String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            boolean ended = stty.waitFor(STTY_SECONDS, TimeUnit.SECONDS);
            return ended && stty.exitValue() == 0 ? Optional.of(said) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (before.isPresent()) {
            restore();
            Runtime.getRuntime().removeShutdownHook(restorer);
        }
    }
}
