package io.witan.runtime.train;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Damaged engine state, with its owners, loads and copies: refused in one line, or it comes back and its owners are ranks. */
class EngineStateFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(256 << 10, 200);
    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "-1",
        "0",
        "7",
        "1.5",
        "2147483648",
        "9223372036854775808",
        "[[]]",
        "\"owners\"",
        "\"x\":1,"
    };

    @Test
    void damagedStateIsRefusedOrRoundTrips() {
        Fuzz.texts("engine states", 300_000, LIMIT, EngineStateFuzzTest::input, text -> {
            EngineState state;
            try {
                state = EngineState.fromJson(text);
            } catch (IllegalArgumentException refusal) {
                if (!refusal.getMessage().startsWith("engine state is unreadable: ")
                        || refusal.getMessage().contains("\n")) {
                    throw new AssertionError("refused with: " + refusal.getMessage());
                }
                return false;
            }
            String json = state.toJson();
            if (!EngineState.fromJson(json).toJson().equals(json)) {
                throw new AssertionError(json + " does not come back");
            }
            boolean ranks = Arrays.stream(state.owners())
                    .flatMapToInt(Arrays::stream)
                    .allMatch(o -> o >= 0 && o < state.ranks());
            if (!ranks || state.step() < 0 || state.updates().containsValue(null)) {
                throw new AssertionError(json + " was taken");
            }
            return true;
        });
    }

    private static String input(SplittableRandom random) {
        int ranks = random.nextInt(1, 5);
        int[][] owners = new int[2][3];
        Arrays.stream(owners).forEach(layer -> Arrays.setAll(layer, _ -> random.nextInt(ranks)));
        EngineState good = new EngineState(
                random.nextLong(1000),
                ranks,
                Map.of("dense", 5L, "expert.000", random.nextLong(9)),
                owners,
                List.<long[][]>of(new long[2][3]),
                0,
                random.nextBoolean() ? null : new long[2][3],
                2,
                random.nextBoolean() ? null : new int[][] {{1, 2}},
                random.nextBoolean() ? null : new double[][] {{0.5}, {}},
                random.nextBoolean() ? null : new long[] {3});
        return random.nextInt(8) == 0 ? good.toJson() : new Mutations(random, FRAGMENTS).damaged(good.toJson());
    }
}
