package io.witan.models;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.TrainingPhases;
import io.witan.runtime.vault.ExpertVault;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that fails after its model was opened lets go of its vault, so that this process may go on from it. */
final class HalfOpenedRunTest {
    @TempDir
    Path folder;

    @Test
    void theVaultIsClosed() {
        ModelFamily<?, ?> family = new Nameless(new GptFamily(SameNumbersTest.recipe()));
        TrainingRun.Settings settings = new TrainingRun.Settings(CommunicatorGroup.solo(), 1, 0, folder, "test");
        assertThatThrownBy(() -> TrainingRun.open(SameNumbersTest.recipe(), family, settings))
                .hasMessage("no name");
        // One that is still locked would be refused.
        ExpertVault.open(folder.resolve("vault/of-0001"), 0).close();
    }

    /** A model whose name, which checkpoints need, cannot be told. */
    private record Nameless(GptFamily text) implements ModelFamily<TokenBatch, Decoder> {
        @Override
        public String name() {
            return "nameless";
        }

        @Override
        public String fingerprint() {
            throw new IllegalStateException("no name");
        }

        @Override
        public String tokenizerFingerprint() {
            return text.tokenizerFingerprint();
        }

        @Override
        public List<ParameterSpec> declare(int expertSharding) {
            return text.declare(expertSharding);
        }

        @Override
        public MoeShape moe() {
            return text.moe();
        }

        @Override
        public Decoder build(ModelParts parts) {
            return text.build(parts);
        }

        @Override
        public TrainingPhases<TokenBatch> phases() {
            return text.phases();
        }
    }
}
