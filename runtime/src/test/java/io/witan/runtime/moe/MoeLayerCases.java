package io.witan.runtime.moe;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.moe.GateConfig.Priority;
import io.witan.runtime.moe.GateConfig.Score;
import io.witan.runtime.moe.GateConfig.Select;
import io.witan.runtime.moe.GateConfig.Source;
import java.util.Arrays;
import java.util.List;

/** Arrangements of a small MoE layer: ranks, tokens, owners, copies, gates. */
final class MoeLayerCases {
    static final int D = 5;
    static final int F = 6;
    static final int E = 4;
    /** Tokens of a sequence, of which capacity is a share. */
    static final int SEQUENCE = 3;

    private MoeLayerCases() {}

    /** One arrangement: ranks of each node, tokens of each rank, owner of each expert, copies of each expert. */
    record Case(
            String name, int[] nodes, int[] tokens, int[] owners, int[][] copies, MoeConfig config, Routing routing) {
        @Override
        public String toString() {
            return name;
        }

        /** Shard s of an expert lies s ranks behind the expert, and its copies behind the expert's. */
        Case inShards(int sharding) {
            int ranks = Arrays.stream(nodes).sum();
            int[] shardOwners = new int[E * sharding];
            int[][] shardCopies = new int[E * sharding][];
            for (int e = 0; e < shardOwners.length; e++) {
                int behind = e % sharding;
                shardOwners[e] = (owners[e / sharding] + behind) % ranks;
                shardCopies[e] = Arrays.stream(copies[e / sharding])
                        .map(rank -> (rank + behind) % ranks)
                        .toArray();
            }
            return new Case(
                    name, nodes, tokens, shardOwners, shardCopies, config.withExpertSharding(sharding), routing);
        }
    }

    enum Routing {
        RANDOM,
        ALL_ON_ONE_EXPERT,
        /** Not by the router: token t gets experts t + 1 and t + 3, in circles. */
        IMPOSED
    }

    private static GateConfig capacity(double factor) {
        return new GateConfig(Source.LINEAR, Score.SOFTMAX, Select.TOP_K, factor, Priority.POSITION, 1, 1, 0, 1, 0);
    }

    /**
     * Of the imposed choices, in sequences of 3 with room for one: experts 1, 2, 3 then 3, 0, 1 of the first tokens, and so on.
     *
     * @param token of all ranks
     */
    static boolean dropped(Case arrangement, int token, int choice) {
        if (arrangement.config().gate().capacityFactor() == 0) {
            return false;
        }
        int first = 0;
        for (int tokens : arrangement.tokens()) {
            if (token < first + tokens) {
                int from = first + (token - first) / SEQUENCE * SEQUENCE;
                int to = Math.min(first + tokens, from + SEQUENCE);
                int expert = imposed(token, 2)[choice];
                for (int other = from; other < to; other++) {
                    boolean before = imposed(other, 2)[0] == expert && (choice == 1 || other < token)
                            || choice == 1 && imposed(other, 2)[1] == expert && other < token;
                    if (before) {
                        return true;
                    }
                }
                return false;
            }
            first += tokens;
        }
        throw new AssertionError(token);
    }

    static int[] imposed(int token, int topK) {
        int[] experts = {(token + 1) % E, (token + 3) % E};
        return Arrays.copyOf(experts, topK);
    }

    private static Case four(String name, MoeConfig config) {
        return new Case(
                "four ranks, two nodes, " + name,
                new int[] {2, 2},
                new int[] {3, 4, 2, 3},
                new int[] {0, 1, 2, 3},
                new int[E][0],
                config,
                Routing.RANDOM);
    }

    static List<Case> cases() {
        MoeConfig gelu = new MoeConfig(D, F, E, 2, Activation.GELU, Weights.RENORMALISED, 0.3, 0.05);
        MoeConfig swiglu = new MoeConfig(D, F, E, 2, Activation.SWIGLU, Weights.PROBABILITY, 0.3, 0.05);
        MoeConfig single = new MoeConfig(D, F, E, 1, Activation.SWIGLU, Weights.PROBABILITY, 0.2, 0.01);
        // One assignment of a sequence fits an expert.
        MoeConfig dropping =
                new MoeConfig(D, F, E, 2, Activation.SWIGLU, Weights.RENORMALISED, 0.3, 0.05, capacity(0.5));
        MoeConfig soft = new MoeConfig(
                D,
                F,
                E,
                1,
                Activation.SWIGLU,
                Weights.PROBABILITY,
                0,
                0,
                new GateConfig(Source.LINEAR, Score.SOFTMAX, Select.SOFT, 0, Priority.POSITION, 1, 1, 0, 2, 0));
        MoeConfig shared =
                new MoeConfig(D, F, E, 2, Activation.SWIGLU, Weights.RENORMALISED, 0.3, 0.05, GateConfig.PLAIN, 2);
        MoeConfig sharedGelu =
                new MoeConfig(D, F, E, 2, Activation.GELU, Weights.PROBABILITY, 0.3, 0.05, capacity(0.5), 1);
        MoeConfig three = new MoeConfig(D, F, E, 3, Activation.SWIGLU, Weights.RENORMALISED, 0.3, 0.05);
        int[][] none = new int[E][0];
        int[] even = {0, 0, 1, 1};
        return List.of(
                new Case("one rank, gelu", new int[] {1}, new int[] {9}, new int[E], none, gelu, Routing.RANDOM),
                new Case("one rank, swiglu", new int[] {1}, new int[] {9}, new int[E], none, swiglu, Routing.RANDOM),
                new Case("two ranks", new int[] {2}, new int[] {4, 5}, even, none, gelu, Routing.RANDOM),
                new Case(
                        "two ranks, copies",
                        new int[] {2},
                        new int[] {4, 5},
                        even,
                        new int[][] {{1}, {}, {0}, {0}},
                        swiglu,
                        Routing.RANDOM),
                new Case(
                        "two nodes, copies",
                        new int[] {1, 1},
                        new int[] {3, 6},
                        even,
                        new int[][] {{1}, {1}, {0}, {0}},
                        gelu,
                        Routing.RANDOM),
                new Case("no token on rank 0", new int[] {2}, new int[] {0, 9}, even, none, gelu, Routing.RANDOM),
                new Case(
                        "no token on rank 1, copies",
                        new int[] {2},
                        new int[] {9, 0},
                        even,
                        new int[][] {{1}, {1}, {}, {0}},
                        gelu,
                        Routing.RANDOM),
                new Case("no token at all", new int[] {2}, new int[] {0, 0}, even, none, gelu, Routing.RANDOM),
                new Case(
                        "rank 1 owns no expert",
                        new int[] {2},
                        new int[] {4, 5},
                        new int[E],
                        none,
                        swiglu,
                        Routing.RANDOM),
                new Case(
                        "all on one expert",
                        new int[] {2},
                        new int[] {4, 5},
                        even,
                        none,
                        single,
                        Routing.ALL_ON_ONE_EXPERT),
                new Case(
                        "all on one copied expert",
                        new int[] {2, 1},
                        new int[] {4, 3, 2},
                        new int[] {0, 1, 2, 2},
                        new int[][] {{}, {}, {0, 1}, {}},
                        single,
                        Routing.ALL_ON_ONE_EXPERT),
                new Case("soft, one rank", new int[] {1}, new int[] {8}, new int[E], none, soft, Routing.RANDOM),
                new Case(
                        "soft, two nodes, copies",
                        new int[] {1, 1},
                        new int[] {4, 5},
                        even,
                        new int[][] {{1}, {}, {0}, {0}},
                        soft,
                        Routing.RANDOM),
                new Case("soft, no token on rank 0", new int[] {2}, new int[] {0, 7}, even, none, soft, Routing.RANDOM),
                new Case("imposed, one rank", new int[] {1}, new int[] {9}, new int[E], none, gelu, Routing.IMPOSED),
                new Case(
                        "imposed, two ranks, copies",
                        new int[] {2},
                        new int[] {4, 5},
                        even,
                        new int[][] {{1}, {}, {0}, {0}},
                        swiglu,
                        Routing.IMPOSED),
                new Case(
                        "dropped, one rank", new int[] {1}, new int[] {9}, new int[E], none, dropping, Routing.IMPOSED),
                new Case(
                        "dropped, two ranks, copies",
                        new int[] {2},
                        new int[] {6, 5},
                        even,
                        new int[][] {{1}, {}, {0}, {0}},
                        dropping,
                        Routing.IMPOSED),
                new Case(
                        "dropped, no token on rank 0",
                        new int[] {1, 1},
                        new int[] {0, 6},
                        even,
                        none,
                        dropping,
                        Routing.IMPOSED),
                new Case("shared, one rank", new int[] {1}, new int[] {9}, new int[E], none, shared, Routing.RANDOM),
                new Case(
                        "shared, two nodes, copies",
                        new int[] {1, 1},
                        new int[] {4, 5},
                        even,
                        new int[][] {{1}, {}, {0}, {0}},
                        shared,
                        Routing.RANDOM),
                new Case(
                        "shared, dropped, no token on rank 0",
                        new int[] {2},
                        new int[] {0, 6},
                        even,
                        none,
                        sharedGelu,
                        Routing.IMPOSED),
                new Case("imposed, top 1", new int[] {2}, new int[] {4, 5}, even, none, single, Routing.IMPOSED),
                four("top 1", single),
                four("top 2", swiglu),
                four("top 3", three),
                new Case(
                        "four ranks, two nodes, copies",
                        new int[] {2, 2},
                        new int[] {3, 0, 4, 2},
                        new int[] {3, 1, 0, 1},
                        new int[][] {{0, 2}, {}, {3}, {2}},
                        three,
                        Routing.RANDOM),
                new Case(
                        "four ranks, two nodes, dropped",
                        new int[] {2, 2},
                        new int[] {3, 4, 2, 3},
                        new int[] {0, 1, 2, 3},
                        none,
                        dropping,
                        Routing.IMPOSED),
                new Case(
                        "five ranks, three nodes",
                        new int[] {1, 3, 1},
                        new int[] {3, 2, 2, 1, 3},
                        new int[] {1, 2, 3, 4},
                        none,
                        three,
                        Routing.RANDOM),
                new Case(
                        "three ranks, two nodes",
                        new int[] {2, 1},
                        new int[] {1, 7, 2},
                        new int[] {2, 0, 0, 1},
                        new int[][] {{0, 1}, {2}, {}, {0}},
                        swiglu,
                        Routing.RANDOM));
    }
}
