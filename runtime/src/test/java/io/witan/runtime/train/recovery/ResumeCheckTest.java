package io.witan.runtime.train.recovery;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.VaultFile;
import io.witan.runtime.vault.VaultFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeCheckTest {
    private static final TrainingCheckpoint.Identity IDENTITY =
            new TrainingCheckpoint.Identity("m", "t", "d", "config", Sharding.WHOLE, "test");
    private static final String ENGINE =
            "{\"step\":3,\"ranks\":2,\"updates\":{},\"owners\":[[0,1]],\"loadHistory\":[],\"skippedInRow\":0}";

    @TempDir
    Path out;

    private VaultFolder vaultWith(String slots) {
        VaultFolder folder = new VaultFolder(out.resolve("vault"));
        String commit = "{\"run\":\"" + IDENTITY.run() + "\",\"engine\":" + ENGINE + slots + "}";
        try (ExpertVault vault = ExpertVault.create(
                folder.of(VaultFile.Kind.OWN, 2), 0, List.of(new ExpertVault.Entry("dense.p", 64)))) {
            vault.commit(3, 0, commit.getBytes(StandardCharsets.UTF_8));
        }
        return folder;
    }

    @Test
    void aVaultOfThisVersionFits() {
        VaultFolder vaults = vaultWith(",\"slots\":[[0,0]]");
        assertThatCode(() -> ResumeCheck.requireFits(vaults, -1, IDENTITY)).doesNotThrowAnyException();
    }

    @Test
    void aVaultOfAnotherRunIsRefusedIfItIsNewerThanTheCheckpoint() {
        VaultFolder vaults = vaultWith(",\"slots\":[[0,0]]");
        TrainingCheckpoint.Identity other =
                new TrainingCheckpoint.Identity("other", "t", "d", "config", Sharding.WHOLE, "test");
        assertThatThrownBy(() -> ResumeCheck.requireFits(vaults, 2, other))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model, data or how experts are kept differs");
        assertThatCode(() -> ResumeCheck.requireFits(vaults, 3, other)).doesNotThrowAnyException();
    }

    @Test
    void aVaultWhoseRegionsAreNamedByExpertIsRefusedIfItIsNewerThanTheCheckpoint() {
        VaultFolder vaults = vaultWith("");
        assertThatThrownBy(() -> ResumeCheck.requireFits(vaults, 2, IDENTITY))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(vaults.root()
                        + ": the vault's step 3 was written by an earlier version, which has to finish that run;"
                        + " or remove the folder to go on from the newest checkpoint");
        assertThatCode(() -> ResumeCheck.requireFits(vaults, 3, IDENTITY)).doesNotThrowAnyException();
    }

    @Test
    void aFolderThatKnowsOneNumberOfRanksIsRefused() throws IOException {
        VaultFolder vaults = new VaultFolder(out.resolve("vault"));
        Files.createDirectories(vaults.root());
        Files.createFile(vaults.root().resolve("rank-0000.state"));
        assertThatThrownBy(() -> ResumeCheck.requireFits(vaults, 5, IDENTITY))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("was written by an earlier version");
    }

    @Test
    void nothingAtAllIsRefused() {
        VaultFolder none = new VaultFolder(out.resolve("vault"));
        assertThatThrownBy(() -> ResumeCheck.requireFits(none, -1, IDENTITY))
                .hasMessageContaining("no checkpoint and no vault is in it");
        assertThatCode(() -> ResumeCheck.requireFits(none, 0, IDENTITY)).doesNotThrowAnyException();
    }
}
