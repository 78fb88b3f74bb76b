package io.witan.runtime.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A rank that is killed -9 again and again loses no step that it had reported. */
@Timeout(300)
class ExpertVaultKillIT {
    private static final int KILLS = Integer.getInteger("witan.kills", 10);

    @TempDir
    private Path folder;

    @Test
    void everyReportedStepIsThereAfterKillsAtRandomMoments() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        long before = -1;
        for (int kill = 0; kill < KILLS; kill++) {
            long reported = runAndKill(random, before);
            before = requireWhole(reported, "seed " + seed + " kill " + kill);
        }
        assertThat(before).as("steps in all").isGreaterThan(KILLS);
    }

    /** Lets a child commit some steps, kills it at any moment, and returns the last step it reported. */
    private long runAndKill(Random random, long before) throws IOException, InterruptedException {
        long waitNs = random.nextLong(TimeUnit.MILLISECONDS.toNanos(150));
        Process child = ChildJvm.start(VaultChild.class, folder.toString());
        AtomicLong reported = new AtomicLong(before);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
            String line = out.readLine();
            while (line != null && !line.startsWith("committed")) {
                line = out.readLine();
            }
            assertThat(line).as("the child committed a step").isNotNull();
            Thread killer = Thread.ofPlatform().start(() -> {
                LockSupport.parkNanos(waitNs);
                child.toHandle().destroyForcibly(); // unlike the Process's own, leaves its output readable
            });
            while (line != null) {
                if (line.matches("committed \\d+")) {
                    reported.accumulateAndGet(Long.parseLong(line.substring("committed ".length())), Math::max);
                }
                line = out.readLine();
            }
            killer.join();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).as("killed, not failed").isEqualTo(128 + 9);
        return reported.get();
    }

    private long requireWhole(long reported, String where) {
        try (ExpertVault vault = ExpertVault.open(folder, VaultChild.RANK, VaultChild.entries())) {
            assertThat(vault.recovered()).as(where + ": " + vault.report()).isNotEmpty();
            for (ExpertVault.RecoveredStep step : vault.recovered()) {
                assertThat(VaultChild.isFilled(vault, step.step(), step.slot()))
                        .as(where)
                        .isTrue();
                assertThat(step.engineState()).isEqualTo(VaultChild.engineState(step.step()));
            }
            long newest = vault.recovered().getFirst().step();
            assertThat(newest).as(where + ": " + vault.report()).isBetween(reported, reported + 1);
            return newest;
        }
    }

    @Test
    void aKillDuringCreationLeavesNothingOrAVault() throws Exception {
        Random random = new Random();
        for (int kill = 0; kill < 4; kill++) {
            Path fresh = folder.resolve("creation-" + kill);
            Process child = ChildJvm.start(VaultChild.class, fresh.toString());
            assertThat(child.waitFor(300 + random.nextInt(900), TimeUnit.MILLISECONDS))
                    .isFalse();
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            try (ExpertVault vault = ExpertVault.open(fresh, VaultChild.RANK, VaultChild.entries())) {
                for (ExpertVault.RecoveredStep step : vault.recovered()) {
                    assertThat(VaultChild.isFilled(vault, step.step(), step.slot()))
                            .isTrue();
                }
            } catch (VaultException e) {
                assertThat(e.reason()).isIn(VaultException.Reason.ABSENT, VaultException.Reason.CORRUPT);
            }
        }
    }
}
