package io.witan.runtime.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.witan.runtime.Ranks;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenExchangeTest {
    private static final MoeHook.Rows TEN_BYTES = new MoeHook.Rows(MemorySegment.NULL, 0, 10, 0);

    @Test
    void ranksExchangeRowsOfWholeWordsOnly() {
        List<Throwable> refusals = Ranks.run(
                Topology.of(2),
                runtime -> catchThrowable(() -> new TokenExchange(runtime, null, null, false, 1).dispatch(TEN_BYTES)));
        assertThat(refusals).hasSize(2).allSatisfy(refusal -> assertThat(refusal)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("token exchange of 2 ranks: rows of 10 bytes, allowed are multiples of 4"));
    }

    @Test
    void oneRankMovesNothingAndTakesAnyRows() {
        Ranks.run(Topology.of(1), runtime -> {
            new TokenExchange(runtime, null, null, false, 1).dispatch(TEN_BYTES);
            return null;
        });
    }
}
