package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
    private static final String EXPERT = "experts-L00-E003.safetensors";

    @TempDir
    private Path root;

    private Path folder;

    @BeforeEach
    void save() {
        CheckpointStore store = new CheckpointStore(root);
        store.prepare(100);
        Staging staging = store.stage(100);
        NamedTensor embedding = TestTensors.random("embedding", 1, 4, 3);
        NamedTensor expert = TestTensors.random("experts.3.w", 2, 2, 3);
        NamedTensor moment = TestTensors.random(CheckpointNames.firstMoment("experts.3.w"), 3, 2, 3);
        NamedTensor second = TestTensors.random(CheckpointNames.secondMoment("experts.3.w"), 4, 2, 3);
        folder = store.publish(TestTensors.manifest(
                100,
                List.of(
                        staging.write(CheckpointNames.DENSE_FILE, List.of(embedding)),
                        staging.write(CheckpointNames.expertFile(0, 3), List.of(expert, moment, second)))));
    }

    private static void refused(Runnable action, String... parts) {
        assertThatThrownBy(action::run)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain("\n");
    }

    private void openRefused(String... parts) {
        refused(() -> Checkpoint.open(root).close(), parts);
    }

    @Test
    void manifestComesBack() {
        try (Checkpoint checkpoint = Checkpoint.open(root)) {
            Manifest saved = TestTensors.manifest(100, checkpoint.manifest().files());
            assertThat(checkpoint.manifest())
                    .usingRecursiveComparison()
                    .ignoringFields("engine")
                    .isEqualTo(saved);
            assertThat(checkpoint.manifest().engine().toString())
                    .isEqualTo(saved.engine().toString());
            assertThat(checkpoint.manifest().engine().path("tokensSeen").longValue())
                    .isEqualTo(100_000);
        }
    }

    @Test
    void summaryCountsByKind() {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            CheckpointSummary summary = checkpoint.summary();
            assertThat(summary.denseParameters()).isEqualTo(12);
            assertThat(summary.expertParameters()).isEqualTo(6);
            assertThat(summary.optimizerElements()).isEqualTo(12);
            assertThat(summary.tensorCount()).isEqualTo(4);
            assertThat(summary.bytes())
                    .isEqualTo(checkpoint.manifest().files().stream()
                            .mapToLong(FileRecord::bytes)
                            .sum());
            assertThat(summary.lines()).contains("  embedding F32 [4, 3]");
        }
    }

    @Test
    void nothingIsReadBeforeItsFileIsVerified() {
        try (Checkpoint checkpoint = Checkpoint.open(root)) {
            MemorySegment to = Arena.ofAuto().allocate(48);
            refused(() -> checkpoint.read("embedding", to), "dense.safetensors: must be verified");
            checkpoint.verifyFilesOf(List.of("experts.3.w"));
            refused(() -> checkpoint.read("embedding", to), "must be verified");
            checkpoint.read("experts.3.w", to.asSlice(0, 24));
            checkpoint.verify();
            checkpoint.read("embedding", to);
        }
        try (Checkpoint checkpoint = Checkpoint.openUnverified(root)) {
            checkpoint.read("embedding", Arena.ofAuto().allocate(48));
        }
    }

    @Test
    void readsCheckLengthAndName() {
        try (Checkpoint checkpoint = Checkpoint.openUnverified(root)) {
            refused(
                    () -> checkpoint.read("embedding", Arena.ofAuto().allocate(44)),
                    "dense.safetensors: tensor \"embedding\" length in bytes: expected 44, found 48");
            refused(() -> checkpoint.read("nothing", Arena.ofAuto().allocate(4)), "no tensor \"nothing\"");
            refused(() -> checkpoint.shape("nothing"), "no tensor \"nothing\"");
            assertThat(checkpoint.has("nothing")).isFalse();
            assertThat(checkpoint.shape("embedding")).containsExactly(4, 3);
        }
    }

    @Test
    void validateReportsEverythingInOneLine() {
        try (Checkpoint checkpoint = Checkpoint.open(root)) {
            Map<String, long[]> shapes = new TreeMap<>();
            checkpoint.tensorNames().forEach(name -> shapes.put(name, checkpoint.shape(name)));
            checkpoint.validate(shapes);

            shapes.put("embedding", new long[] {3, 4});
            shapes.remove("experts.3.w");
            for (int expert = 0; expert < 7; expert++) {
                shapes.put("more." + expert, new long[] {1});
            }
            refused(
                    () -> checkpoint.validate(shapes),
                    "7 missing (more.0, more.1, more.2, more.3, more.4, ...)",
                    "1 unexpected (experts.3.w)",
                    "1 of another shape (embedding expected [3, 4] found [4, 3])");
        }
    }

    @Test
    void aFlippedByteIsFoundByVerify() throws IOException {
        Path file = folder.resolve(EXPERT);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        try (Checkpoint checkpoint = Checkpoint.open(root)) {
            refused(checkpoint::verify, EXPERT + ": sha256 (1 of 2 files are wrong): expected ", ", found ");
            MemorySegment to = Arena.ofAuto().allocate(24);
            refused(() -> checkpoint.read("experts.3.w", to), "must be verified");
            checkpoint.verifyFilesOf(List.of("embedding"));
        }
    }

    @Test
    void truncatedMissingAndExtraFilesAreRefused() throws IOException {
        Path file = folder.resolve(EXPERT);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        openRefused(EXPERT + ": length in bytes: expected " + bytes.length + ", found " + (bytes.length - 1));
        Files.delete(file);
        openRefused(EXPERT + ": is listed in the manifest but not there");
        Files.write(file, bytes);
        Files.write(folder.resolve("experts-L00-E004.safetensors"), bytes);
        openRefused("experts-L00-E004.safetensors: is not listed in the manifest");
    }

    @Test
    void aTensorInTwoFilesIsRefused() {
        CheckpointStore store = new CheckpointStore(root);
        store.prepare(101);
        Staging staging = store.stage(101);
        List<FileRecord> files = List.of(
                staging.write("a.safetensors", List.of(TestTensors.f32("same", 1))),
                staging.write("b.safetensors", List.of(TestTensors.f32("same", 2))));
        store.publish(TestTensors.manifest(101, files));
        openRefused("b.safetensors: tensor \"same\" is also in ", "a.safetensors");
    }

    @Test
    void tamperedManifestIsRefused() throws IOException {
        Path manifest = folder.resolve("manifest.json");
        Files.writeString(manifest, " ", StandardOpenOption.APPEND);
        openRefused("manifest.json: sha256: expected ");
        Files.delete(folder.resolve("manifest.sha256"));
        openRefused("manifest.sha256: cannot read: no such file");
        Files.delete(manifest);
        openRefused("manifest.json: cannot read: no such file");
        refused(() -> Checkpoint.open(folder), "step-00000100: no checkpoint: expected manifest.json or latest in it");
    }

    private void rewriteManifest(Consumer<ObjectNode> change) throws IOException {
        Path manifest = folder.resolve("manifest.json");
        JsonMapper json = new JsonMapper();
        ObjectNode tree = (ObjectNode) json.readTree(Files.readAllBytes(manifest));
        change.accept(tree);
        byte[] bytes = json.writeValueAsBytes(tree);
        Files.write(manifest, bytes);
        Files.writeString(folder.resolve("manifest.sha256"), Sha256.of(bytes) + "  manifest.json\n");
    }

    @Test
    void wellSealedButWrongManifestsAreRefused() throws IOException {
        byte[] good = Files.readAllBytes(folder.resolve("manifest.json"));
        record Case(Consumer<ObjectNode> change, String message) {}
        List<Case> cases = List.of(
                new Case(tree -> tree.put("formatVersion", 2), "format version: supported is 1, found \"2\""),
                new Case(tree -> tree.remove("formatVersion"), "format version: supported is 1"),
                new Case(tree -> tree.put("step", -1), "step: expected 0 or more, found -1"),
                new Case(tree -> tree.put("step", 99), "step: expected 100, found 99"),
                new Case(tree -> tree.put("step", "x"), "is not a manifest"),
                new Case(tree -> tree.put("step", 100.5), "is not a manifest"),
                new Case(tree -> tree.put("worldSize", 0), "worldSize: expected 1 or more, found 0"),
                new Case(tree -> tree.remove("worldSize"), "worldSize"),
                new Case(tree -> tree.putNull("config"), "config: expected text"),
                new Case(tree -> tree.put("surprise", 1), "surprise"),
                new Case(tree -> tree.putArray("files"), "files: expected at least one"),
                new Case(tree -> tree.withArray("files").add(tree.at("/files/0")), "listed twice"),
                new Case(tree -> ((ObjectNode) tree.at("/files/0")).put("name", "../x.safetensors"), "file name"),
                new Case(tree -> ((ObjectNode) tree.at("/files/0")).put("sha256", "AB"), "sha256"),
                new Case(tree -> ((ObjectNode) tree.at("/files/0")).put("bytes", -5), "bytes"));
        for (Case wrong : cases) {
            rewriteManifest(wrong.change());
            openRefused("manifest.json: ", wrong.message());
            Files.write(folder.resolve("manifest.json"), good);
        }
        byte[] doubled = "{\"formatVersion\":1,\"formatVersion\":1}".getBytes(StandardCharsets.US_ASCII);
        Files.write(folder.resolve("manifest.json"), doubled);
        Files.writeString(folder.resolve("manifest.sha256"), Sha256.of(doubled) + "  manifest.json\n");
        openRefused("Duplicate field");
    }

    @Test
    void wrongLatestIsRefused() throws IOException {
        Path latest = root.resolve("latest");
        Files.writeString(latest, "step-00000999\n");
        openRefused("latest: names step-00000999, which is not there");
        Files.writeString(latest, "../../etc\n");
        openRefused("latest: name of a step folder: expected step-<8 digits or more>, found \"../../etc\"");
        Files.writeString(latest, "");
        openRefused("latest: name of a step folder");
        Files.writeString(latest, "x".repeat(300));
        openRefused("latest: a file of at most: expected 256 bytes, found 300 bytes");
        Files.delete(latest);
        openRefused("no checkpoint: expected manifest.json or latest in it");
        refused(() -> Checkpoint.open(root.resolve("gone")), "gone: no checkpoint: no such folder");
        refused(() -> Checkpoint.open(root.resolve("step-00000007")), "no checkpoint: no such folder");
    }
}
