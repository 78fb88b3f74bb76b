package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MinimumMovesTest {
    private static final List<Topology> TOPOLOGIES =
            List.of(Topology.of(4), Topology.of(2, 2), Topology.of(3, 1), Topology.of(1, 1, 1), Topology.of(2, 1));

    @Test
    void shouldRenameRanksInsideANode() {
        int[][] current = {{1, 1, 0, 0}};
        int[][] planned = {{0, 0, 1, 1}};
        long[][] loads = {{8, 3, 7, 4}};

        assertThat(MinimumMoves.relabel(Topology.of(2), loads, new int[1], planned, current))
                .isDeepEqualTo(current);
        assertThat(MinimumMoves.relabel(Topology.of(1, 1), loads, new int[1], planned, current))
                .as("not across nodes")
                .isDeepEqualTo(planned);
    }

    /** All owners of a small layer are tried: none of those as good as planned moves fewer experts. */
    @Test
    void shouldMoveTheFewestOfAllAsGood() {
        Random random = new Random(11);
        int gained = 0;
        for (int trial = 0; trial < 300; trial++) {
            Topology topology = TOPOLOGIES.get(trial % TOPOLOGIES.size());
            int ranks = topology.rankCount();
            int experts = 1 + random.nextInt(ranks == 4 ? 6 : 7);
            int layers = Math.ceilDiv(ranks, experts);
            int hot = random.nextInt(3);
            int largest = 1 + random.nextInt(9);
            int[][] current = new int[layers][];
            long[][] loads = new long[layers][];
            for (int l = 0; l < layers; l++) {
                current[l] = random.ints(experts, 0, ranks).toArray();
                loads[l] = random.longs(experts, 0, largest).toArray();
            }
            int[] degree = new int[layers];
            Arrays.fill(degree, hot);
            int[][] planned = HeterogeneousSharding.plan(topology, loads, degree, current);
            int[][] owners = MinimumMoves.relabel(topology, loads, degree, planned, current);
            for (int l = 0; l < layers; l++) {
                List<Object> quality = quality(topology, loads[l], hot, planned[l]);
                assertThat(quality(topology, loads[l], hot, owners[l])).isEqualTo(quality);
                assertThat(moved(current[l], owners[l]))
                        .isEqualTo(fewest(topology, loads[l], hot, quality, current[l]));
                gained += moved(current[l], planned[l]) - moved(current[l], owners[l]);
            }
        }
        assertThat(gained)
                .as("moves spared beyond those of Algorithm 2's own exchange")
                .isGreaterThan(50);
    }

    @Test
    void shouldFindTheHeaviestMatching() {
        Random random = new Random(3);
        for (int trial = 0; trial < 400; trial++) {
            int size = 1 + random.nextInt(6);
            int[][] weight = new int[size][];
            Arrays.setAll(
                    weight, _ -> random.ints(size, 0, 1 + random.nextInt(5)).toArray());

            int[] column = Matching.heaviest(weight);

            int sum = 0;
            for (int row = 0; row < size; row++) {
                sum += weight[row][column[row]];
            }
            assertThat(Arrays.stream(column).distinct().count()).isEqualTo(size);
            assertThat(sum).isEqualTo(heaviest(weight, 0, new boolean[size]));
        }
    }

    private static int heaviest(int[][] weight, int row, boolean[] taken) {
        int best = 0;
        for (int c = 0; c < taken.length && row < weight.length; c++) {
            if (!taken[c]) {
                taken[c] = true;
                best = Math.max(best, weight[row][c] + heaviest(weight, row + 1, taken));
                taken[c] = false;
            }
        }
        return best;
    }

    private static int fewest(Topology topology, long[] load, int hot, List<Object> quality, int[] current) {
        int ranks = topology.rankCount();
        int fewest = Integer.MAX_VALUE;
        int[] owner = new int[current.length];
        int all = (int) Math.pow(ranks, owner.length);
        for (int code = 0; code < all; code++) {
            int rest = code;
            for (int e = 0; e < owner.length; e++) {
                owner[e] = rest % ranks;
                rest /= ranks;
            }
            if (moved(current, owner) < fewest
                    && quality(topology, load, hot, owner).equals(quality)) {
                fewest = moved(current, owner);
            }
        }
        return fewest;
    }

    /** Hot and cold experts of each rank, and for each node its bundles of cold loads. */
    private static List<Object> quality(Topology topology, long[] load, int hot, int[] owner) {
        int[] order = LoadOrder.descending(load);
        int[] hotOf = new int[topology.rankCount()];
        List<List<Long>> bundles = new ArrayList<>();
        for (int rank = 0; rank < hotOf.length; rank++) {
            bundles.add(new ArrayList<>());
        }
        for (int i = 0; i < order.length; i++) {
            int rank = owner[order[i]];
            if (i < hot) {
                hotOf[rank]++;
            } else {
                bundles.get(rank).add(load[order[i]]);
            }
        }
        List<Object> quality = new ArrayList<>();
        quality.add(Arrays.toString(hotOf));
        quality.add(bundles.stream().map(List::size).toList());
        for (int node = 0; node < topology.nodeCount(); node++) {
            int first = topology.firstRank(node);
            List<String> ofNode = new ArrayList<>();
            for (List<Long> bundle : bundles.subList(first, first + topology.rankCount(node))) {
                ofNode.add(bundle.toString());
            }
            Collections.sort(ofNode);
            quality.add(ofNode);
        }
        return quality;
    }

    private static int moved(int[] before, int[] after) {
        return HeterogeneousSharding.movedExperts(new int[][] {before}, new int[][] {after});
    }
}
