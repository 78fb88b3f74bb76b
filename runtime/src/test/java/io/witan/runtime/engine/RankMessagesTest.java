package io.witan.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.CollectiveException;
import io.witan.runtime.Ranks;
import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankMessagesTest {
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofSeconds(8);

    private static List<String> say(RankRuntime runtime, int slow, Duration length) {
        return RankMessages.all(runtime, () -> {
            if (runtime.rank() == slow) {
                sleep(length);
            }
            return "rank " + runtime.rank();
        });
    }

    private static void sleep(Duration length) {
        try {
            Thread.sleep(length);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void othersWaitForWorkThatTakesLongerThanAnOperationMay() {
        List<List<String>> said = Ranks.runWithDeadline(DEADLINE, Topology.of(2, 1), runtime -> {
            say(runtime, 1, LONG);
            return say(runtime, 0, Duration.ZERO);
        });
        assertThat(said).hasSize(3).allMatch(List.of("rank 0", "rank 1", "rank 2")::equals);
    }

    @Test
    void aRankThatIsAtWorkAndLeavesIsMissed() {
        assertThatThrownBy(() -> Ranks.runWithDeadline(DEADLINE, Topology.of(2), runtime -> {
                    if (runtime.rank() == 0) {
                        return say(runtime, 1, LONG);
                    }
                    sleep(Duration.ofMillis(500));
                    runtime.group().close();
                    return List.of();
                }))
                .isInstanceOf(CollectiveException.class)
                .hasMessageContaining("rank 1");
    }

    @Test
    void allFailAlikeWhenOneCannotDoItsPart() {
        List<String> ends = Ranks.run(Topology.of(3), runtime -> {
            try {
                RankMessages.all(runtime, () -> {
                    if (runtime.rank() == 2) {
                        throw new IllegalStateException("no disk");
                    }
                    return "";
                });
                return "none";
            } catch (RankFailedException | IllegalStateException e) {
                return e.getMessage();
            }
        });
        assertThat(ends).containsExactly("rank 2: no disk", "rank 2: no disk", "no disk");
    }

    record Place(int node, String name) {}

    @Test
    void valuesTravelAsTheyAre() {
        List<List<Place>> places = Ranks.run(
                Topology.of(2),
                runtime ->
                        RankMessages.all(runtime, Place.class, () -> new Place(runtime.rank(), "ü" + runtime.rank())));
        assertThat(places).allMatch(List.of(new Place(0, "ü0"), new Place(1, "ü1"))::equals);
    }
}
