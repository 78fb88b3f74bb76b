package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.TrainedRanks.History;
import io.witan.models.TrainedRanks.Share;
import io.witan.models.family.ModelFamily;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frozen experts have no reduction after which their readers are done; read in place, they train like copied ones all the same. */
class PhasesIT {
    private static final long PLENTY = 64L << 20;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTrainAlikeInPlaceAndCopied(boolean vault, @TempDir Path out) throws IOException {
        Recipe recipe = PhasesTest.recipe(
                "checkpoint.vault=" + vault, "parallel.overlap_degree=6", "parallel.memory_capacity=6");
        Supplier<ModelFamily<?, ?>> family = PhasesTest.family(recipe, PhasesTest.phases());
        History copied =
                TrainedRanks.trainFamily(family, recipe, Topology.of(2), out.resolve("copied"), TrainedRanks::train);
        List<Share> shares =
                TrainedRanks.trainFamilyOnNodes(family, recipe, Topology.of(2), out.resolve("in-place"), PLENTY);

        assertThat(shares).allMatch(share -> share.parameters().inPlaceBytes() > 0);
        assertThat(shares.getFirst().history().losses()).isEqualTo(copied.losses());
        assertThat(shares.getFirst().history().norms()).isEqualTo(copied.norms());
    }
}
