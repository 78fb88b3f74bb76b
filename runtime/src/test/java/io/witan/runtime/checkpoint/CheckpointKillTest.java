package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Dies before each single operation of a save, with and without a power cut, and looks at what is left. */
class CheckpointKillTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "7, 3, NO_POWER_CUT",
        "7, 1, NO_POWER_CUT",
        "5, 2, NO_POWER_CUT",
        "7, 3, ALL_UNSYNCED_NAMES",
        "7, 1, ALL_UNSYNCED_NAMES",
        "5, 2, ALL_UNSYNCED_NAMES",
        "7, 1, OLDEST_UNSYNCED_RENAME",
        "5, 2, OLDEST_UNSYNCED_RENAME"
    })
    void oldOrNewCheckpointIsWholeAfterDeathAtAnyOperation(long nextStep, int keep, DyingFileOps.Loss loss)
            throws IOException {
        int operations = 0;
        boolean died = true;
        while (died) {
            Path root = folder.resolve(nextStep + "-" + operations);
            save(new CheckpointStore(root, keep, DyingFileOps.immortal()), 4, 40);
            save(new CheckpointStore(root, keep, DyingFileOps.immortal()), 5, 50);
            DyingFileOps ops = DyingFileOps.killedAt(operations);
            died = dies(new CheckpointStore(root, keep, ops), nextStep);
            ops.losePower(loss);
            boolean isNew = requireWhole(root, nextStep);
            assertThat(isNew || died).as("a finished save is kept").isTrue();
            requireNextSaveCleansUp(root, keep);
            operations++;
        }
        assertThat(operations).isGreaterThan(20);
    }

    @Test
    void oldOrNewCheckpointIsWholeAfterAFailureOfAnyOperation() throws IOException {
        int operations = 0;
        boolean reached = true;
        while (reached) {
            Path root = folder.resolve("full-" + operations);
            save(new CheckpointStore(root, 1, DyingFileOps.immortal()), 5, 50);
            DyingFileOps ops = DyingFileOps.fullAt(operations);
            boolean saved = true;
            try {
                save(new CheckpointStore(root, 1, ops), 7, 70);
            } catch (CheckpointException e) {
                saved = false;
                assertThat(e.getMessage())
                        .endsWith("No space left on device; free some, and go on from the checkpoint before")
                        .doesNotContain("\n");
            }
            reached = ops.reached();
            assertThat(requireWhole(root, 7) || !saved).isTrue();
            requireNextSaveCleansUp(root, 1);
            operations++;
        }
        assertThat(operations).isGreaterThan(20);
    }

    @ParameterizedTest
    @EnumSource
    void firstSaveIsNothingOrWhole(DyingFileOps.Loss loss) throws IOException {
        int operations = 0;
        boolean died = true;
        while (died) {
            Path root = folder.resolve("deep/first-" + operations);
            DyingFileOps ops = DyingFileOps.killedAt(operations);
            died = dies(new CheckpointStore(root, 3, ops), 7);
            ops.losePower(loss);
            if (new CheckpointStore(root).latest().isPresent()) {
                assertThat(requireWhole(root, 7)).isTrue();
            } else {
                assertThat(died).isTrue();
            }
            requireNextSaveCleansUp(root, 3);
            operations++;
        }
    }

    private static boolean dies(CheckpointStore store, long step) {
        try {
            save(store, step, 70);
            return false;
        } catch (DyingFileOps.Killed e) {
            return true;
        }
    }

    private static void save(CheckpointStore store, long step, float value) {
        store.prepare(step);
        Staging staging = store.stage(step);
        List<FileRecord> files = List.of(
                staging.write(CheckpointNames.DENSE_FILE, List.of(TestTensors.f32("embedding", value, value))),
                staging.write(CheckpointNames.expertFile(0, 1), List.of(TestTensors.f32("expert", value))));
        store.publish(TestTensors.manifest(step, files));
    }

    private static boolean requireWhole(Path root, long newStep) {
        try (Checkpoint checkpoint = Checkpoint.open(root)) {
            checkpoint.verify();
            float[] values = new float[2];
            MemorySegment to = MemorySegment.ofArray(values);
            checkpoint.read("embedding", to);
            boolean isNew = values[0] == 70;
            assertThat(checkpoint.manifest().step()).isEqualTo(isNew ? newStep : 5);
            assertThat(values[1]).isEqualTo(isNew ? 70 : 50);
            return isNew;
        }
    }

    private static void requireNextSaveCleansUp(Path root, int keep) throws IOException {
        save(new CheckpointStore(root, keep, DyingFileOps.immortal()), 9, 90);
        try (Checkpoint checkpoint = Checkpoint.open(root);
                Stream<Path> left = Files.list(root)) {
            checkpoint.verify();
            assertThat(checkpoint.manifest().step()).isEqualTo(9);
            assertThat(left.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.endsWith(".discarded") || name.startsWith(".step"))
                    .hasSizeLessThanOrEqualTo(keep + 1);
        }
    }
}
