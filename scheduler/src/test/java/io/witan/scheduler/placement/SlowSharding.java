package io.witan.scheduler.placement;

import io.witan.scheduler.Worlds;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Algorithm 2 written a second time, as sorted lists of objects: the oracle. It does no relabelling. */
final class SlowSharding {
    private final Worlds.Run run;
    private final int[][] owner;
    private final List<Rank> ranks = new ArrayList<>();

    private static final class Rank {
        int id;
        int node;
        int free;
        BigInteger load = BigInteger.ZERO;
        int roots;
    }

    SlowSharding(Worlds.Run run) {
        this.run = run;
        this.owner = new int[run.loads().length][run.loads()[0].length];
        int total = owner.length * owner[0].length;
        int count = run.topology().rankCount();
        for (int id = 0; id < count; id++) {
            Rank rank = new Rank();
            rank.id = id;
            rank.node = run.topology().nodeOf(id);
            rank.free = total / count + (id < total % count ? 1 : 0);
            ranks.add(rank);
        }
    }

    int[][] owners() {
        List<Integer> layers = IntStream.range(0, owner.length)
                .boxed()
                .sorted(this::layerOrder)
                .toList();
        for (int l : layers) {
            ranks.forEach(rank -> rank.load = BigInteger.ZERO);
            for (int e : cold(l)) {
                List<Rank> node = Collections.min(
                        freeNodes(),
                        Comparator.comparing(SlowSharding::meanLoadTimesAll).thenComparing(nodeFree()));
                Rank rank = node.stream()
                        .filter(r -> r.free > 0)
                        .min(Comparator.comparing((Rank r) -> r.load).thenComparing(r -> r.free))
                        .orElseThrow();
                give(l, e, rank);
                rank.load = rank.load.add(BigInteger.valueOf(run.loads()[l][e]));
            }
        }
        for (int l = 0; l < owner.length; l++) {
            ranks.forEach(rank -> rank.roots = 0);
            for (int e : sorted(l).subList(0, hotCount(l))) {
                List<Rank> node = Collections.min(freeNodes(), Comparator.comparing(n -> n.stream()
                        .mapToInt(r -> r.roots)
                        .sum()));
                Rank rank =
                        node.stream().min(Comparator.comparing(r -> -r.free)).orElseThrow();
                give(l, e, rank);
                rank.roots++;
            }
        }
        return owner;
    }

    List<Integer> sorted(int layer) {
        return IntStream.range(0, owner[layer].length)
                .boxed()
                .sorted(Comparator.comparing((Integer e) -> -run.loads()[layer][e]))
                .toList();
    }

    int hotCount(int layer) {
        return Math.min(run.overlapDegree()[layer], owner[layer].length);
    }

    private List<Integer> cold(int layer) {
        return sorted(layer).subList(hotCount(layer), owner[layer].length);
    }

    private int layerOrder(int a, int b) {
        ToIntFunction<Integer> empty = l -> cold(l).isEmpty() ? 1 : 0;
        int byEmpty = Integer.compare(empty.applyAsInt(a), empty.applyAsInt(b));
        if (byEmpty != 0 || cold(a).isEmpty()) {
            return byEmpty;
        }
        return Long.compare(run.loads()[b][cold(b).getFirst()], run.loads()[a][cold(a).getFirst()]);
    }

    /** Nodes in ascending order that have a rank with a free slot. */
    private List<List<Rank>> freeNodes() {
        return ranks.stream()
                .collect(Collectors.groupingBy(r -> r.node, java.util.TreeMap::new, Collectors.toList()))
                .values()
                .stream()
                .filter(node -> node.stream().anyMatch(r -> r.free > 0))
                .toList();
    }

    private static Comparator<List<Rank>> nodeFree() {
        return Comparator.comparing(node -> node.stream().mapToInt(r -> r.free).sum());
    }

    /** Load per rank of the node, times 12: a multiple of every node size (1 to 4) in use. */
    private static BigInteger meanLoadTimesAll(List<Rank> node) {
        BigInteger sum = node.stream().map(r -> r.load).reduce(BigInteger.ZERO, BigInteger::add);
        return sum.multiply(BigInteger.valueOf(12 / node.size()));
    }

    private void give(int layer, int expert, Rank rank) {
        owner[layer][expert] = rank.id;
        rank.free--;
    }
}
