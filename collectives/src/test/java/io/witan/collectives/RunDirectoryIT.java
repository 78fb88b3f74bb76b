package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Owners and sweepers as separate processes: locks of one process do not stop itself. */
@Timeout(60)
class RunDirectoryIT {
    /** Older than any process of the test, so that only the lock can speak for it. */
    private static final Duration AGE = Duration.ofHours(24);

    @TempDir
    Path parent;

    @Test
    void shouldHoldTheLockThroughTheOwnersSweep() throws Exception {
        try (RunDirectory own = RunDirectory.create(RunDirectory.named(parent, 1))) {
            assertThat(RunDirectory.sweep(parent)).isEmpty();
            age(own.path());
            assertThat(othersLeftovers()).isEqualTo("leftovers []");
        }
    }

    /** As in a container that shares the memory but not the process ids. */
    @Test
    void shouldKeepTheFolderOfALiveOwnerWithThisProcessesId() throws Exception {
        Path folder = RunDirectory.named(parent, 1);
        Process owner = JavaProcess.start(Owner.class, folder.toString());
        try {
            JavaProcess.awaitLine(owner, "owns");
            assertThat(RunDirectory.sweep(parent)).isEmpty();
            age(folder);
            assertThat(RunDirectory.sweep(parent)).isEmpty();
        } finally {
            owner.destroyForcibly().waitFor();
        }
        assertThat(RunDirectory.sweep(parent)).containsExactly(folder);
        assertThat(folder).doesNotExist();
    }

    @Test
    void shouldKeepTheFolderOfALiveOwnerWhosePidIsNotSeen() throws Exception {
        Path folder = parent.resolve("witan-4194999-00112233445566ff");
        Process owner = JavaProcess.start(Owner.class, folder.toString());
        try {
            JavaProcess.awaitLine(owner, "owns");
            assertThat(RunDirectory.sweep(parent)).isEmpty();
        } finally {
            owner.destroyForcibly().waitFor();
        }
        assertThat(RunDirectory.sweep(parent)).containsExactly(folder);
    }

    private static void age(Path folder) throws IOException {
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(AGE)));
    }

    private String othersLeftovers() throws Exception {
        Process other = JavaProcess.start(Sweeper.class, parent.toString());
        try {
            return JavaProcess.awaitLine(other, "leftovers");
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    /** Owns a folder until it is killed. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            try (RunDirectory own = RunDirectory.create(Path.of(args[0]))) {
                System.out.println("owns " + own.path());
                Thread.sleep(Duration.ofMinutes(2));
            }
        }
    }

    static final class Sweeper {
        private Sweeper() {}

        public static void main(String[] args) {
            List<Path> dead = RunDirectory.leftovers(Path.of(args[0]));
            System.out.println("leftovers " + dead);
        }
    }
}
