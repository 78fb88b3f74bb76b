package io.witan.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Times of all sides, each by line and pair. */
final class Runs {
    /** By pair. */
    static final class Times extends TreeMap<Integer, Double> {
        private static final long serialVersionUID = 1;
    }

    private final Map<Side, Map<LineKey, Times>> medians = new EnumMap<>(Side.class);
    private final Map<LineKey, Times> limits = new TreeMap<>();

    /** Rows with wrong elements, or unverified ones. */
    static final class WrongResultException extends RuntimeException {
        private static final long serialVersionUID = 1;

        WrongResultException(String message) {
            super(message);
        }
    }

    /**
     * All files of rows in a folder.
     *
     * @throws IllegalArgumentException which names file and line, if a row is broken
     * @throws WrongResultException if one was not verified or is wrong
     */
    static Runs read(Path folder) throws IOException {
        Runs runs = new Runs();
        for (int pair : pairs(folder)) {
            for (Side side : Side.values()) {
                Path file = folder.resolve(side.fileName(pair));
                if (Files.exists(file)) {
                    runs.read(file, side, pair);
                }
            }
        }
        return runs;
    }

    private static SortedSet<Integer> pairs(Path folder) throws IOException {
        SortedSet<Integer> pairs = new TreeSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("\\d{1,9}-[a-z]+\\.jsonl"))
                    .forEach(name -> pairs.add(Integer.parseInt(name.substring(0, name.indexOf('-')))));
        }
        return pairs;
    }

    private void read(Path file, Side side, int pair) throws IOException {
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            try {
                add(side, pair, ComparedRow.fromJson(line));
            } catch (IllegalArgumentException broken) {
                throw new IllegalArgumentException(file + ":" + number + ": " + broken.getMessage(), broken);
            } catch (WrongResultException wrong) {
                throw new WrongResultException(file + ":" + number + ": " + wrong.getMessage());
            }
        }
    }

    /** Of a line that comes twice in a run, two ways to do the same, the faster counts. */
    void add(Side side, int pair, ComparedRow row) {
        if (row.wrong() != 0) {
            throw new WrongResultException(row.op() + " of " + row.bytes() + " B "
                    + (row.wrong() < 0 ? "was not verified" : "has " + row.wrong() + " wrong elements"));
        }
        medians.computeIfAbsent(side, _ -> new TreeMap<>())
                .computeIfAbsent(row.key(), _ -> new Times())
                .merge(pair, row.p50Us(), Math::min);
        if (side == Side.WITAN && row.hasLimit()) {
            limits.computeIfAbsent(row.key(), _ -> new Times()).merge(pair, row.limitUs(), Math::min);
        }
    }

    /** Lines that any of these sides has. */
    SortedSet<LineKey> keys(Side... sides) {
        SortedSet<LineKey> keys = new TreeSet<>();
        for (Side side : sides) {
            keys.addAll(medians.getOrDefault(side, Map.of()).keySet());
        }
        return keys;
    }

    /** Of one line; empty if the side does not have it. */
    Times times(Side side, LineKey key) {
        return medians.getOrDefault(side, Map.of()).getOrDefault(key, new Times());
    }

    /**
     * Of each pair that both sides have the faster of them: where one failed, the other alone may be the slower. The
     * one that there is if no pair has both.
     */
    Times faster(Side one, Side other, LineKey key) {
        Times ones = times(one, key);
        Times others = times(other, key);
        Times faster = new Times();
        ones.forEach((pair, time) -> {
            if (others.containsKey(pair)) {
                faster.put(pair, Math.min(time, others.get(pair)));
            }
        });
        if (faster.isEmpty()) {
            faster.putAll(ones);
            faster.putAll(others);
        }
        return faster;
    }

    /**
     * By side: pairs of the runs with so many ranks in which it has no row, though it has some in another pair or, for
     * one of Open MPI's two, the other has.
     */
    SortedMap<Side, SortedSet<Integer>> leftOut(int ranks) {
        SortedSet<Integer> all = new TreeSet<>();
        Map<Side, SortedSet<Integer>> present = new EnumMap<>(Side.class);
        for (Side side : Side.values()) {
            SortedSet<Integer> pairs = pairs(side, ranks);
            present.put(side, pairs);
            all.addAll(pairs);
        }
        boolean mpi =
                !present.get(Side.CMA).isEmpty() || !present.get(Side.NONE).isEmpty();
        SortedMap<Side, SortedSet<Integer>> leftOut = new TreeMap<>();
        present.forEach((side, pairs) -> {
            boolean wanted = !pairs.isEmpty() || mpi && (side == Side.CMA || side == Side.NONE);
            SortedSet<Integer> missing = new TreeSet<>(all);
            missing.removeAll(pairs);
            if (wanted && !missing.isEmpty()) {
                leftOut.put(side, missing);
            }
        });
        return leftOut;
    }

    private SortedSet<Integer> pairs(Side side, int ranks) {
        SortedSet<Integer> pairs = new TreeSet<>();
        medians.getOrDefault(side, Map.of()).forEach((key, times) -> {
            if (key.ranks() == ranks) {
                pairs.addAll(times.keySet());
            }
        });
        return pairs;
    }

    /** Limits measured in the runs of {@link Side#WITAN}. */
    Times limits(LineKey key) {
        return limits.getOrDefault(key, new Times());
    }
}
