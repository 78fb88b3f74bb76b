package io.witan.models;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.NodeDriver;
import io.witan.collectives.RunDirectory;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** The ranks of one node as threads of this process, which meet over shared memory as those of a run do. */
final class NodeRanks implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int CONFIG = 1;

    private final int count;
    private final RunDirectory directory;
    private final NodeDriver driver;
    private final AtomicLong runs = new AtomicLong(System.nanoTime());

    private NodeRanks(int count, RunDirectory directory, NodeDriver driver) {
        this.count = count;
        this.directory = directory;
        this.driver = driver;
    }

    /**
     * @param count ranks, 1 or more
     * @param sharedMemory folder in memory, in which one for these ranks is made
     * @throws UncheckedIOException if it cannot be made
     * @throws io.witan.collectives.CollectiveException TRANSPORT if no media driver starts in it
     */
    static NodeRanks start(int count, Path sharedMemory) {
        if (count == 1) {
            return new NodeRanks(1, null, null);
        }
        RunDirectory made;
        try {
            made = RunDirectory.create(RunDirectory.named(sharedMemory, System.nanoTime()));
        } catch (IOException e) {
            throw new UncheckedIOException("ranks of a node cannot meet in " + sharedMemory, e);
        }
        try {
            return new NodeRanks(count, made, NodeDriver.start(made.path().resolve("aeron"), DEADLINE));
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    int count() {
        return count;
    }

    /** Most that a rank may take of the shared memory for what ranks exchange. */
    long sharedBytes() {
        if (count == 1) {
            return 0;
        }
        try {
            return Files.getFileStore(directory.path()).getUsableSpace() / 2 / count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The same work on each rank, which closes its group; the first failure once all have ended.
     *
     * @return what each rank's work gave, in the order of ranks
     */
    <T> List<T> run(Function<CommunicatorGroup, T> work) {
        long run = runs.incrementAndGet();
        AtomicInteger next = new AtomicInteger();
        Callable<T> rank = () -> work.apply(connect(run, next.getAndIncrement()));
        List<T> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            for (Future<T> one : threads.invokeAll(Collections.nCopies(count, rank))) {
                results.add(one.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ranks of a node were measured", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
        return results;
    }

    private CommunicatorGroup connect(long run, int rank) {
        if (count == 1) {
            return CommunicatorGroup.solo();
        }
        return AeronGroups.connect(new GroupConfig(
                run, rank, Topology.of(count), driver.directory(), List.of(), DEADLINE, DEADLINE, CONFIG));
    }

    @Override
    public void close() {
        if (driver != null) {
            driver.close();
            directory.close();
        }
    }
}
