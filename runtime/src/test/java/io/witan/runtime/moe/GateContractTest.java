package io.witan.runtime.moe;

import static io.witan.runtime.moe.SmallLayer.CONFIG;
import static io.witan.runtime.moe.SmallLayer.E;
import static io.witan.runtime.moe.SmallLayer.failure;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Gates that are not ours: what is said of those that break their contract. */
class GateContractTest {
    /** The plain gate with another weight, or one choice too many. */
    private record Broken(Gate plain, float weight, int moreChoices, int expert) implements Gate {
        @Override
        public Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
            Routed routed = plain.route(x, tokens, pass, context, arena);
            routed.weight().setAtIndex(JAVA_FLOAT, 5, weight);
            routed.expert().setAtIndex(JAVA_INT, 5, expert);
            return new Routed() {
                @Override
                public int tokens() {
                    return routed.tokens();
                }

                @Override
                public int choices() {
                    return routed.choices() + moreChoices;
                }

                @Override
                public MemorySegment expert() {
                    return routed.expert();
                }

                @Override
                public MemorySegment weight() {
                    return routed.weight();
                }

                @Override
                public boolean mayDrop() {
                    return false;
                }

                @Override
                public MemorySegment backward(MemorySegment dWeight, long[] load, StepContext step) {
                    return routed.backward(dWeight, load, step);
                }
            };
        }
    }

    @Test
    void shouldNameLayerAndRankOfAGateThatBreaksItsContract() {
        assertThat(failure(CONFIG, parts -> broken(parts, Float.NaN, 0, 0)))
                .hasMessage("layer 1, gate Broken, rank 0: weight 1 of token 2 is not a finite number, though all"
                        + " inputs are");
        assertThat(failure(CONFIG, parts -> broken(parts, 1, 1, 0)))
                .hasMessage("layer 1, gate Broken, rank 0: 7 tokens with 3 choices need 21 experts, wanted"
                        + " experts and weights, got 14, 14 and 14");
        assertThat(failure(CONFIG, parts -> broken(parts, 1, 0, E)))
                .hasMessage("layer 1, gate Broken, rank 0: token 2 goes to expert 4, allowed are 0..3");
        assertThat(failure(
                        CONFIG,
                        parts -> parts(parts, (x, tokens, pass, context, arena) -> {
                            throw new IllegalStateException("no route");
                        })))
                .hasMessageStartingWith("layer 1, gate ")
                .hasMessageEndingWith(", rank 0: java.lang.IllegalStateException: no route");
    }

    /** A gate knows nothing of shards, so what is said of it is not either. */
    @Test
    void shouldSayTheSameOfAGateWhoseExpertsAreInShards() {
        MoeConfig halves = CONFIG.withExpertSharding(2);

        assertThat(failure(halves, parts -> broken(parts, Float.NaN, 0, 0)))
                .hasMessageStartingWith("layer 1, gate Broken, rank 0: weight 1 of token 2 is not a finite number");
        assertThat(failure(halves, parts -> broken(parts, 1, 1, 0)))
                .hasMessageStartingWith("layer 1, gate Broken, rank 0: 7 tokens with 3 choices need 21 experts");
        assertThat(failure(halves, parts -> broken(parts, 1, 0, E)))
                .hasMessage("layer 1, gate Broken, rank 0: token 2 goes to expert 4, allowed are 0..3");
        assertThat(failure(halves, parts -> parts(parts, (x, tokens, pass, context, arena) -> null)))
                .hasMessageEndingWith(", rank 0: it returned null");
    }

    @Test
    void shouldRefuseGatesThatReturnTooLittle() {
        assertThat(failure(CONFIG, parts -> parts(parts, (x, tokens, pass, context, arena) -> null)))
                .hasMessageEndingWith(", rank 0: it returned null");
        assertThat(failure(
                        CONFIG,
                        parts -> parts(parts, (x, tokens, pass, context, arena) -> parts.gate()
                                .route(x, tokens - 1, pass, context, arena))))
                .hasMessageEndingWith(", rank 0: 6 tokens were routed, the layer has 7");
    }

    private static MoeParts broken(MoeParts parts, float weight, int moreChoices, int expert) {
        return parts(parts, new Broken(parts.gate(), weight, moreChoices, expert));
    }

    private static MoeParts parts(MoeParts parts, Gate gate) {
        return new MoeParts(
                gate,
                parts.order(),
                parts.dispatch(),
                parts.exchange(),
                parts.experts(),
                parts.shared(),
                parts.hooks());
    }
}
