package io.witan.benchmarks.collectives;

import io.witan.benchmarks.collectives.MemoryLimits.Point;
import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Measures what the memory can do: each rank of the node copies, and then adds, out of a file that the next rank has mapped, as
 * operations do, into memory of its own, without any protocol. Barrier and median as for operations. One thread.
 */
final class LimitMeter {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final double SECONDS_PER_POINT = 0.15;
    private static final double RUN_IN_SECONDS = 0.5;
    private static final long RUN_IN_BYTES = 4096;
    private static final int LEAST = 9;
    private static final int MOST = 2000;
    private static final int ESTIMATING = 5;

    private final BenchOptions options;
    private final CommunicatorGroup group;
    private final Communicator lane;

    LimitMeter(BenchOptions options, CommunicatorGroup group) {
        this.options = options;
        this.group = group;
        this.lane = options.lane().in(group);
    }

    /**
     * @param folder in which all ranks of the node make files, which are gone afterwards
     * @throws IOException if a file cannot be made or mapped
     */
    MemoryLimits measure(Path folder) throws IOException {
        List<Long> lengths = lengths();
        try (Arena arena = Arena.ofShared();
                BenchMemory memory = new BenchMemory(group)) {
            MemorySegment source = sourceOfPeer(folder, lengths.getLast(), arena);
            MemorySegment target = memory.allocate(lengths.getLast());
            Agreement agreement = new Agreement(lane, memory);
            long some = Math.min(RUN_IN_BYTES, lengths.getLast());
            runIn(() -> copy(source, target, some));
            runIn(() -> add(source, target, some));
            time(() -> copy(source, target, some), SECONDS_PER_POINT, agreement);
            time(() -> add(source, target, some), SECONDS_PER_POINT, agreement);
            List<Point> points = new ArrayList<>();
            for (long length : lengths) {
                points.add(new Point(
                        length,
                        time(() -> copy(source, target, length), SECONDS_PER_POINT, agreement),
                        time(() -> add(source, target, length), SECONDS_PER_POINT, agreement)));
            }
            return new MemoryLimits(points);
        }
    }

    /** The sizes of the lines and those of a rank's part, in whole vectors. */
    private List<Long> lengths() {
        long vector = SPECIES.vectorByteSize();
        return List.copyOf(new TreeSet<>(options.sizes().stream()
                .flatMap(size -> Stream.of(size, size / lane.size()))
                .map(size -> Math.max(vector, size / vector * vector))
                .toList()));
    }

    private MemorySegment sourceOfPeer(Path folder, long bytes, Arena arena) throws IOException {
        int node = lane.topology().nodeOf(lane.rank());
        int first = lane.topology().firstRank(node);
        int peer = first + (lane.rank() - first + 1) % lane.topology().rankCount(node);
        Path own = folder.resolve("limits-" + lane.rank());
        map(own, bytes, arena).fill((byte) 0);
        lane.barrier().await();
        MemorySegment source = map(folder.resolve("limits-" + peer), bytes, arena);
        lane.barrier().await();
        Files.delete(own);
        return source;
    }

    private static MemorySegment map(Path file, long bytes, Arena arena) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        }
    }

    /** Median microseconds of the longest over ranks. */
    private double time(Runnable work, double seconds, Agreement agreement) {
        long start = System.nanoTime();
        repeat(work, new long[ESTIMATING]);
        double each = (System.nanoTime() - start) / 1e9 / ESTIMATING;
        long[] times = new long[(int) agreement.ofRankZero(Math.clamp((long) (seconds / each), LEAST, MOST))];
        repeat(work, times);
        agreement.largest(times);
        return BenchRow.quantilesUs(times)[0];
    }

    /** Until it is compiled. */
    private static void runIn(Runnable work) {
        long end = System.nanoTime() + (long) (RUN_IN_SECONDS * 1e9);
        while (System.nanoTime() < end) {
            work.run();
        }
    }

    private void repeat(Runnable work, long[] times) {
        for (int i = 0; i < times.length; i++) {
            lane.barrier().await();
            long start = System.nanoTime();
            work.run();
            times[i] = System.nanoTime() - start;
        }
    }

    private static void copy(MemorySegment source, MemorySegment target, long bytes) {
        MemorySegment.copy(source, 0, target, 0, bytes);
    }

    /** target += source, fp32. */
    private static void add(MemorySegment source, MemorySegment target, long bytes) {
        ByteOrder order = ByteOrder.nativeOrder();
        for (long at = 0; at < bytes; at += SPECIES.vectorByteSize()) {
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, source, at, order);
            FloatVector.fromMemorySegment(SPECIES, target, at, order).add(a).intoMemorySegment(target, at, order);
        }
    }
}
