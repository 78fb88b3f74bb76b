package io.witan.models;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.data.DataException;
import io.witan.scheduler.plan.Topology;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OtherDataTest {
    /** As when a file is changed while ranks start. */
    @Test
    void ranksThatReadOtherDataDoNotTrainTogether() {
        Recipe recipe = SameNumbersTest.recipe();
        Recipe other = SameNumbersTest.recipe("data.corpus_seed=4711");
        AtomicInteger opened = new AtomicInteger();
        assertThatThrownBy(() -> TrainedRanks.trainFamily(
                        () -> new GptFamily(opened.getAndIncrement() == 0 ? recipe : other),
                        recipe,
                        Topology.of(2),
                        null,
                        TrainedRanks::train))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("rank 1 trains on other data, or another model, than rank 0: ");
    }
}
