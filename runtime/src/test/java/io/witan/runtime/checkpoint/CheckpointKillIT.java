package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.vault.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that are killed -9 at random moments of a save: the checkpoint before it loads, or the one that was being saved. {@code
 * -Dwitan.kills.saves=N} has N kills, {@code -Dwitan.kills.seed=S} draws other moments.
 */
@Timeout(600)
class CheckpointKillIT {
    private static final int KILLS = Integer.getInteger("witan.kills.saves", 6);
    private static final long SEED = Long.getLong("witan.kills.seed", 1);
    /** Saves before one is killed, at most. */
    private static final int SAVES = 3;

    @TempDir
    private Path folder;

    private long newest = -1;
    private int published;

    @Test
    void oldOrNewCheckpointLoadsAfterAKillAtAnyMomentOfASave() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        int tries = 0;
        for (int killed = 0; killed < KILLS; tries++) {
            assertThat(tries).as("tries for %d kills", KILLS).isLessThan(4 * KILLS + 10);
            killed += killedInASave(random, "seed " + SEED + ", try " + tries) ? 1 : 0;
        }
        System.out.printf(
                "%d kills in a save in %d tries, seed %d; %d had published, step %d is the newest%n",
                KILLS, tries, SEED, published, newest);
    }

    /** Lets a child save, and kills it some time after the start of one; false if that had ended. */
    private boolean killedInASave(SplittableRandom random, String where) throws IOException, InterruptedException {
        int saves = random.nextInt(1, SAVES + 1);
        double share = random.nextDouble();
        Process child = ChildJvm.start(CheckpointChild.class, folder.toString(), Long.toString(newest + 1));
        long saved = newest;
        long saving = newest;
        long startedNs = 0;
        long lastedNs = TimeUnit.MILLISECONDS.toNanos(40);
        Thread killer = null;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.matches("saved \\d+")) {
                    saved = Long.parseLong(line.substring("saved ".length()));
                    lastedNs = System.nanoTime() - startedNs;
                } else if (line.matches("saving \\d+")) {
                    saving = Long.parseLong(line.substring("saving ".length()));
                    startedNs = System.nanoTime();
                    if (killer == null && saving - newest == saves) {
                        long waitNs = (long) (share * lastedNs);
                        killer = Thread.ofPlatform().start(() -> {
                            LockSupport.parkNanos(waitNs);
                            child.toHandle().destroyForcibly(); // unlike the Process's own, leaves its output readable
                        });
                    }
                }
            }
            assertThat(killer).as(where).isNotNull();
            killer.join();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).as("%s: killed, not failed", where).isEqualTo(128 + 9);
        requireWhole(saved, saving, where);
        return saving > saved;
    }

    private void requireWhole(long saved, long saving, String where) {
        if (saved < 0 && new CheckpointStore(folder).latest().isEmpty()) {
            return;
        }
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(CheckpointChild.isWhole(checkpoint)).as(where).isTrue();
            newest = checkpoint.manifest().step();
            assertThat(newest).as(where).isBetween(saved, saving);
            published += newest > saved ? 1 : 0;
        }
    }
}
