package io.witan.runtime.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
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
            kept(runtime, file, "a").put(COSTS);
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
            kept(runtime, file, "a").put(COSTS);
            return 0;
        });

        assertThat(get(file, "a")).containsExactly(null, null);
    }

    /** A profile as it was, to the last bit; its key is not that of other costs. */
    @Test
    void shouldKeepProfilesUntilTheyAreForgotten() {
        Path file = folder.resolve("profiles");
        LinearFit fit = new LinearFit(new LinearTime(1.0 / 3, 1e-7 / 7), 0.1 + 0.2, 1e-300, 6);
        LayerProfile profile = new LayerProfile(
                List.of(
                        new CollectiveLines(Reach.ALL, fit, fit, fit, fit),
                        new CollectiveLines(Reach.BETWEEN_NODES, fit, fit, fit, fit)),
                2.0 / 3,
                fit,
                new LinearFit(LinearTime.ZERO, 0, 0, 3),
                new LinearFit(LinearTime.ZERO, 1, 0, 4),
                0.7);
        List<LayerProfile> seen = new ArrayList<>();
        Ranks.run(Topology.of(1), runtime -> {
            KeptCosts<LayerProfile> kept = new KeptCosts<>(runtime, file, LayerProfile.class, "a");
            seen.add(kept.get());
            kept.put(profile);
            seen.add(new KeptCosts<>(runtime, file, LayerProfile.class, "a").get());
            assertThat(kept(runtime, file, "a").get()).isNull();
            kept.forget();
            seen.add(kept.get());
            return 0;
        });

        assertThat(seen).containsExactly(null, profile, null);
    }

    private static KeptCosts<MeasuredCosts> kept(RankRuntime runtime, Path file, String shapes) {
        return new KeptCosts<>(runtime, file, MeasuredCosts.class, shapes);
    }

    private static List<MeasuredCosts> get(Path file, String shapes) {
        MeasuredCosts[] found = new MeasuredCosts[2];
        Ranks.run(
                Topology.of(2),
                runtime -> found[runtime.rank()] = kept(runtime, file, shapes).get());
        return Arrays.asList(found);
    }
}
