package io.witan.scheduler.placement;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Algorithm 1 written a second time, with sets, sorts and big integers: the oracle. */
final class SlowMaterialization {
    private final Topology topology;
    private final long[] load;
    private final int memoryCapacity;
    private final List<Set<Integer>> holders = new ArrayList<>();
    private final int[] used;

    SlowMaterialization(Topology topology, Placement owners, long[] load, int memoryCapacity) {
        this.topology = topology;
        this.load = load;
        this.memoryCapacity = memoryCapacity;
        this.used = new int[topology.rankCount()];
        for (int e = 0; e < load.length; e++) {
            holders.add(new TreeSet<>(Set.of(owners.owner(e))));
        }
    }

    List<Set<Integer>> holders(int overlapDegree) {
        int degree = Math.min(overlapDegree, load.length);
        List<Integer> hot = IntStream.range(0, load.length)
                .boxed()
                .sorted(Comparator.comparing((Integer e) -> -load[e]))
                .limit(degree)
                .filter(e -> load[e] > 0)
                .toList();
        if (degree <= memoryCapacity) {
            hot.forEach(e -> IntStream.range(0, used.length).forEach(holders.get(e)::add));
            return holders;
        }
        quotas(hot).forEach((e, count) -> IntStream.range(0, count).forEach(i -> addCopy(e)));
        List<Integer> able = new ArrayList<>(hot);
        while (!able.isEmpty()) {
            int next = able.getFirst();
            for (int e : able) {
                BigInteger left = times(load[e], holders.get(next).size());
                next = left.compareTo(times(load[next], holders.get(e).size())) > 0 ? e : next;
            }
            if (!addCopy(next)) {
                able.remove((Integer) next);
            }
        }
        return holders;
    }

    private Map<Integer, Integer> quotas(List<Integer> hot) {
        BigInteger total = hot.stream().map(e -> times(load[e], 1)).reduce(BigInteger.ZERO, BigInteger::add);
        int slots = used.length * memoryCapacity;
        Map<Integer, Integer> quota = new LinkedHashMap<>();
        for (int e : hot) {
            quota.put(e, times(load[e], slots).divide(total).intValueExact());
        }
        int left = slots - quota.values().stream().mapToInt(Integer::intValue).sum();
        hot.stream()
                .sorted(Comparator.comparing(
                        (Integer e) -> times(load[e], slots).mod(total).negate()))
                .limit(hot.isEmpty() ? 0 : left)
                .forEach(e -> quota.merge(e, 1, Integer::sum));
        quota.replaceAll((e, count) -> Math.min(count, used.length - 1));
        return quota;
    }

    private boolean addCopy(int expert) {
        Comparator<Integer> nearness = Comparator.comparing((Integer rank) -> onNode(expert, topology.nodeOf(rank)))
                .thenComparing(rank -> -freeOnNode(topology.nodeOf(rank)))
                .thenComparing(topology::nodeOf)
                .thenComparing(rank -> used[rank])
                .thenComparing(rank -> rank);
        Optional<Integer> best = IntStream.range(0, used.length)
                .boxed()
                .filter(rank ->
                        used[rank] < memoryCapacity && !holders.get(expert).contains(rank))
                .min(nearness);
        best.ifPresent(rank -> {
            holders.get(expert).add(rank);
            used[rank]++;
        });
        return best.isPresent();
    }

    private long onNode(int expert, int node) {
        return holders.get(expert).stream()
                .filter(rank -> topology.nodeOf(rank) == node)
                .count();
    }

    private int freeOnNode(int node) {
        return IntStream.range(0, used.length)
                .filter(rank -> topology.nodeOf(rank) == node)
                .map(rank -> memoryCapacity - used[rank])
                .sum();
    }

    private static BigInteger times(long a, int b) {
        return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
    }
}
