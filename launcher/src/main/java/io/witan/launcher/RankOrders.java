package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * The jobs that come on a rank's stdin, one a line; each takes the place of the one before. At the end of stdin the rank's agent
 * is dead, and so is the rank.
 */
final class RankOrders {
    private static final long LOOK_MS = 50;

    private final BufferedReader lines;
    private volatile RankJob newest;

    RankOrders(InputStream stdin) {
        lines = new BufferedReader(new InputStreamReader(stdin, StandardCharsets.UTF_8));
    }

    /** Waits for the first job, and follows those after it from then on; null if there is none. */
    RankJob first() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            return null;
        }
        newest = Wire.decode(line, RankJob.class);
        RankJob first = newest;
        Thread.ofPlatform().daemon().name("rank-watch").start(this::follow);
        return first;
    }

    private void follow() {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                RankJob next = Wire.decode(line, RankJob.class);
                synchronized (this) {
                    newest = next;
                    notifyAll();
                }
            }
        } catch (IOException _) {
            // As its end.
        } catch (LaunchException garbled) {
            System.err.println(garbled.getMessage());
        }
        Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
    }

    /** True once another job has taken the place of this one. Cheap; any thread. */
    boolean isOver(RankJob job) {
        return newest != job;
    }

    /** Waits for the job that takes the place of this one; null if the rank shall stop first. */
    synchronized RankJob after(RankJob job, BooleanSupplier stop) throws InterruptedException {
        while (newest == job && !stop.getAsBoolean()) {
            wait(LOOK_MS);
        }
        return newest == job ? null : newest;
    }
}
