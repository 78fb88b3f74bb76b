package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    @TempDir
    private Path root;

    private static Path save(CheckpointStore store, long step, float value) {
        store.prepare(step);
        FileRecord file =
                store.stage(step).write(CheckpointNames.DENSE_FILE, List.of(TestTensors.f32("w", value, step)));
        return store.publish(TestTensors.manifest(step, List.of(file)));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void layoutIsAsDocumented() throws IOException {
        CheckpointStore store = new CheckpointStore(root);
        assertThat(store.latest()).isEmpty();

        Path folder = save(store, 100, 1);

        assertThat(folder).isEqualTo(root.resolve("step-00000100"));
        assertThat(store.latest()).contains(folder);
        assertThat(names(root)).containsExactly("latest", "step-00000100");
        assertThat(names(folder)).containsExactly("dense.safetensors", "manifest.json", "manifest.sha256");
        assertThat(Files.readString(root.resolve("latest"))).isEqualTo("step-00000100\n");
        assertThat(Files.readString(folder.resolve("manifest.sha256"))).matches("[0-9a-f]{64}  manifest.json\n");
    }

    @Test
    void ranksOfAnyNumberWriteTheSameFiles() {
        for (int ranks : new int[] {1, 2, 3, 5}) {
            CheckpointStore store = new CheckpointStore(root.resolve("world-" + ranks));
            store.prepare(1);
            List<FileRecord> files = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                Staging staging = store.stage(1);
                for (int expert = rank; expert < 6; expert += ranks) {
                    NamedTensor tensor = TestTensors.f32("layers.0.experts." + expert + ".w", expert);
                    files.add(staging.write(CheckpointNames.expertFile(0, expert), List.of(tensor)));
                }
            }
            store.publish(TestTensors.manifest(1, files));
            try (Checkpoint checkpoint = Checkpoint.open(store.root())) {
                checkpoint.verify();
                assertThat(checkpoint.manifest().files().stream().map(FileRecord::name))
                        .containsExactlyInAnyOrder(
                                "experts-L00-E000.safetensors",
                                "experts-L00-E001.safetensors",
                                "experts-L00-E002.safetensors",
                                "experts-L00-E003.safetensors",
                                "experts-L00-E004.safetensors",
                                "experts-L00-E005.safetensors");
            }
        }
        assertThat(CheckpointNames.expertFile(123, 4567)).isEqualTo("experts-L123-E4567.safetensors");
    }

    @Test
    void keepsTheNewestPublished() throws IOException {
        CheckpointStore store = new CheckpointStore(root, 2);
        for (long step = 1; step <= 4; step++) {
            save(store, step, step);
        }
        assertThat(names(root)).containsExactly("latest", "step-00000003", "step-00000004");
    }

    @Test
    void afterGoingBackTheNewBranchIsKeptAndTheOldOneAgesOut() throws IOException {
        CheckpointStore store = new CheckpointStore(root, 2);
        for (long step : new long[] {180, 200}) {
            Path folder = save(store, step, 1);
            Files.setLastModifiedTime(folder.resolve("manifest.sha256"), FileTime.fromMillis(step));
        }
        save(store, 110, 2);
        assertThat(names(root)).containsExactly("latest", "step-00000110", "step-00000200");
        save(store, 120, 2);
        assertThat(names(root)).containsExactly("latest", "step-00000110", "step-00000120");
        assertThat(store.latest()).contains(root.resolve("step-00000120"));
    }

    @Test
    void publishingAStepAgainReplacesIt() throws IOException {
        CheckpointStore store = new CheckpointStore(root, 2);
        Path first = save(store, 5, 1);
        Path second = save(store, 5, 2);

        assertThat(second).isNotEqualTo(first);
        assertThat(names(root)).containsExactly("latest", "step-00000005.r1");
        for (Path path : List.of(root, first, second)) {
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                checkpoint.verify();
                float[] values = new float[2];
                checkpoint.read("w", MemorySegment.ofArray(values));
                assertThat(values).containsExactly(2, 5);
            }
        }
        assertThat(save(store, 5, 3)).isEqualTo(root.resolve("step-00000005.r2"));
    }

    @Test
    void leftoversOfAnInterruptedSaveAreSwept() throws IOException {
        CheckpointStore store = new CheckpointStore(root);
        store.prepare(7);
        store.stage(7).write("stale.safetensors", List.of(TestTensors.f32("x", 1)));
        Files.createDirectories(root.resolve(".step-00000003.r2.discarded/inner"));
        Files.createDirectory(root.resolve(".mine"));

        store.prepare(7);
        assertThat(names(root)).containsExactly(".mine", ".step-00000007.staging");
        assertThat(names(store.stage(7).folder())).isEmpty();
    }

    @Test
    void stageWithoutPrepareIsRefused() {
        assertThatThrownBy(() -> new CheckpointStore(root).stage(3))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(root + "/.step-00000003.staging: no staging folder: rank 0 must prepare step 3 first");
    }

    @Test
    void publishRefusesMissingUnlistedAndShortFiles() {
        CheckpointStore store = new CheckpointStore(root);
        store.prepare(1);
        Staging staging = store.stage(1);
        FileRecord a = staging.write("a.safetensors", List.of(TestTensors.f32("a", 1)));
        FileRecord b = staging.write("b.safetensors", List.of(TestTensors.f32("b", 1)));

        FileRecord absent = new FileRecord("c.safetensors", 3, a.sha256());
        refused(() -> store.publish(TestTensors.manifest(1, List.of(a, b, absent))), "c.safetensors: is listed");
        refused(() -> store.publish(TestTensors.manifest(1, List.of(a))), "b.safetensors: is not listed");
        FileRecord longer = new FileRecord("b.safetensors", b.bytes() + 1, b.sha256());
        refused(
                () -> store.publish(TestTensors.manifest(1, List.of(a, longer))),
                "b.safetensors: length in bytes: expected " + longer.bytes() + ", found " + b.bytes());
        assertThat(store.latest()).isEmpty();

        store.publish(TestTensors.manifest(1, List.of(a, b)));
        assertThat(store.latest()).isPresent();
    }

    @Test
    void pathsAsFileNamesAreRefused() {
        CheckpointStore store = new CheckpointStore(root);
        store.prepare(1);
        for (String name : List.of("../a.safetensors", "a/b.safetensors", ".a.safetensors", "a.txt", "")) {
            refused(() -> store.stage(1).write(name, List.of()), "file name: expected");
        }
    }

    @Test
    void foldersThatCannotBeWrittenAreNamed() throws IOException {
        Path file = Files.createFile(root.resolve("plain"));
        refused(() -> new CheckpointStore(file).prepare(1), "plain: is in the way: expected a folder, found a file");
        refused(() -> new CheckpointStore(Path.of("/proc/witan")).prepare(1), "/proc/witan: cannot prepare step 1");
        Path blocked = root.resolve("blocked");
        CheckpointStore store = new CheckpointStore(blocked);
        store.prepare(1);
        Files.createDirectory(blocked.resolve(".step-00000001.staging/a.safetensors"));
        refused(() -> store.stage(1).write("a.safetensors", List.of()), "a.safetensors: cannot write: ");
    }

    private static void refused(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }
}
