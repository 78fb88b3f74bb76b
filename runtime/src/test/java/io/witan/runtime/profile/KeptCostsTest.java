package io.witan.runtime.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptCostsTest {
    private static final MeasuredCosts COSTS = new MeasuredCosts(1, 2, 3, 4, 5);

    @TempDir
    Path folder;

    @Test
    void shouldBeThereForTheSameShapesOnly() {
        Path file = folder.resolve("cache").resolve("profiles");
        List<MeasuredCosts> before = get(file, "a");
        Ranks.run(Topology.of(2), runtime -> {
            new KeptCosts(runtime, file, "a").put(COSTS);
            return 0;
        });

        assertThat(before).containsExactly(null, null);
        assertThat(get(file, "a")).containsExactly(COSTS, COSTS);
        assertThat(get(file, "b")).containsExactly(null, null);
        assertThat(get(null, "a")).containsExactly(null, null);
    }

    @Test
    void shouldNotBeThereForOtherRanks() {
        Path file = folder.resolve("profiles");
        Ranks.run(Topology.of(1), runtime -> {
            new KeptCosts(runtime, file, "a").put(COSTS);
            return 0;
        });

        assertThat(get(file, "a")).containsExactly(null, null);
    }

    private static List<MeasuredCosts> get(Path file, String shapes) {
        MeasuredCosts[] found = new MeasuredCosts[2];
        Ranks.run(Topology.of(2), runtime -> found[runtime.rank()] = new KeptCosts(runtime, file, shapes).get());
        return Arrays.asList(found);
    }
}
