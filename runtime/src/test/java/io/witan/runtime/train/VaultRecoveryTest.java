package io.witan.runtime.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.vault.ExpertVault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultRecoveryTest {
    private static final TrainingCheckpoint.Identity IDENTITY =
            new TrainingCheckpoint.Identity("m", "t", "d", "config", Sharding.WHOLE, "test");
    private static final String ENGINE =
            "{\"step\":3,\"ranks\":2,\"updates\":{},\"owners\":[[0,1]],\"loadHistory\":[],\"skippedInRow\":0}";

    @TempDir
    Path out;

    private Path vaultWith(String slots) {
        Path folder = out.resolve("vault");
        String commit = "{\"run\":\"" + IDENTITY.run() + "\",\"engine\":" + ENGINE + slots + "}";
        try (ExpertVault vault = ExpertVault.create(folder, 0, List.of(new ExpertVault.Entry("dense.p", 64)))) {
            vault.commit(3, 0, commit.getBytes(StandardCharsets.UTF_8));
        }
        return folder;
    }

    @Test
    void aVaultOfThisVersionFits() {
        Path vault = vaultWith(",\"slots\":[[0,0]]");
        assertThatCode(() -> VaultRecovery.requireFits(vault, 2, -1, IDENTITY)).doesNotThrowAnyException();
    }

    @Test
    void aVaultWhoseRegionsAreNamedByExpertIsRefusedIfItIsNewerThanTheCheckpoint() {
        Path vault = vaultWith("");
        assertThatThrownBy(() -> VaultRecovery.requireFits(vault, 2, 2, IDENTITY))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(
                        vault + ": the vault's step 3 was written by an earlier version, which has to finish that run;"
                                + " or remove the folder to go on from the newest checkpoint");
        assertThatCode(() -> VaultRecovery.requireFits(vault, 2, 3, IDENTITY)).doesNotThrowAnyException();
    }
}
