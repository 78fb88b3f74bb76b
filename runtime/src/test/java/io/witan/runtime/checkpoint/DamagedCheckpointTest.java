package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage to each file of a checkpoint, and shards that are not its own: each is refused in one line that names the file. */
class DamagedCheckpointTest {
    private static final String MANIFEST = "manifest.json";
    private static final String CHECKSUM = "manifest.sha256";
    private static final String SHARD = "experts-L00-E001.safetensors";
    private static final List<String> FILES =
            List.of(MANIFEST, CHECKSUM, "dense.safetensors", "experts-L00-E000.safetensors", SHARD);

    @TempDir
    private Path folder;

    private Path step;

    @BeforeEach
    void save() {
        step = save("own", 2, 1);
    }

    private Path save(String name, int width, float value) {
        CheckpointStore store = new CheckpointStore(folder.resolve(name), 1, DyingFileOps.immortal());
        store.prepare(7);
        Staging staging = store.stage(7);
        return store.publish(TestTensors.manifest(
                7,
                List.of(
                        staging.write("dense.safetensors", List.of(TestTensors.f32("embedding", value, 4))),
                        staging.write("experts-L00-E000.safetensors", List.of(expert(0, width, value))),
                        staging.write(SHARD, List.of(expert(1, width, value))))));
    }

    private static NamedTensor expert(int expert, int width, float value) {
        float[] values = new float[width];
        Arrays.fill(values, value + expert);
        return TestTensors.f32("layers.0.experts." + expert + ".w1", values);
    }

    private void open() {
        try (Checkpoint checkpoint = Checkpoint.open(step.getParent())) {
            checkpoint.verify();
        }
    }

    /** @param files one of them is named */
    private void refused(String what, String... files) {
        CheckpointException refusal = catchThrowableOfType(CheckpointException.class, this::open);
        assertThat(refusal).as(what).isNotNull();
        assertThat(refusal.getMessage()).as(what).doesNotContain("\n").hasSizeLessThan(1500);
        assertThat(files).as(what + ": " + refusal.getMessage()).anyMatch(file -> refusal.getMessage()
                .contains(file));
    }

    private static String[] names(String file) {
        return file.equals(CHECKSUM) ? new String[] {CHECKSUM, MANIFEST} : new String[] {file};
    }

    /** One bit of every second byte of each file. */
    @Test
    void aFlippedBitIsRefused() throws IOException {
        Random random = new Random(1);
        for (String file : FILES) {
            byte[] good = Files.readAllBytes(step.resolve(file));
            for (int at = random.nextInt(2); at < good.length; at += 2) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(step.resolve(file), bad);
                refused(file + " byte " + at, names(file));
            }
            Files.write(step.resolve(file), good);
        }
        open();
    }

    @Test
    void aFileCutAnywhereIsRefused() throws IOException {
        for (String file : FILES) {
            byte[] good = Files.readAllBytes(step.resolve(file));
            for (int length = good.length - 1; length >= 0; length -= 5) {
                Files.write(step.resolve(file), Arrays.copyOf(good, length));
                refused(file + " cut at " + length, names(file));
            }
            Files.write(step.resolve(file), good);
        }
        open();
    }

    /** A checksum that fits does not make half a manifest one. */
    @Test
    void aManifestCutAnywhereIsRefusedWithItsChecksumToo() throws IOException {
        byte[] good = Files.readAllBytes(step.resolve(MANIFEST));
        for (int length = good.length - 1; length >= 0; length -= 3) {
            byte[] cut = Arrays.copyOf(good, length);
            Files.write(step.resolve(MANIFEST), cut);
            Files.writeString(
                    step.resolve(CHECKSUM), Sha256.of(cut) + "  " + MANIFEST + "\n", StandardCharsets.US_ASCII);
            refused("cut at " + length, MANIFEST);
        }
    }

    @Test
    void aMissingFileIsRefused() throws IOException {
        for (String file : FILES) {
            Path aside = Files.move(step.resolve(file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            refused(file + " is missing", file, "no checkpoint");
            Files.move(aside, step.resolve(file));
        }
        open();
    }

    @Test
    void theShardOfAnotherModelIsRefused() throws IOException {
        for (Path other : List.of(save("as-wide", 2, 3), save("wider", 4, 1), save("narrower", 1, 1))) {
            Files.copy(other.resolve(SHARD), step.resolve(SHARD), StandardCopyOption.REPLACE_EXISTING);
            refused("shard of " + other, SHARD);
        }
    }

    @Test
    void theShardOfAnotherExpertIsRefused() throws IOException {
        Files.copy(
                step.resolve("experts-L00-E000.safetensors"), step.resolve(SHARD), StandardCopyOption.REPLACE_EXISTING);
        refused("shard of expert 0", SHARD);
    }

    /** The manifest, too, is of the other model: the tensors do not fit what the run declares. */
    @Test
    void theCheckpointOfAnotherModelIsRefused() {
        try (Checkpoint wider = Checkpoint.open(save("wider", 4, 1))) {
            CheckpointException refusal = catchThrowableOfType(
                    CheckpointException.class,
                    () -> wider.validate(Map.of(
                            "embedding",
                            new long[] {2},
                            "layers.0.experts.0.w1",
                            new long[] {2},
                            "layers.0.experts.1.w1",
                            new long[] {2})));
            assertThat(refusal).hasMessageContaining("layers.0.experts.1.w1 expected [2] found [4]");
        }
    }
}
