package io.witan.benchmarks.pieces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A frame of 8 B from one spinning thread to another through shared memory: half of there and back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HopBenchmark {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final long STOP = -1;

    @Param({"copied", "lent"})
    String payload;

    private Path folder;
    private HopEnd here;
    private HopEnd there;
    private Thread echo;
    private long sent;

    @Setup
    public void setUp() throws IOException {
        folder = Files.createTempDirectory(SHARED_MEMORY, "witan-hop-");
        here = new HopEnd(folder, 0, payload.equals("lent"));
        there = new HopEnd(folder, 1, payload.equals("lent"));
        here.attach();
        there.attach();
        echo = Thread.ofPlatform().daemon().name("witan-bench-echo").start(this::echo);
        hop();
    }

    /** @throws IllegalStateException if another number comes back */
    @HotPath
    @Benchmark
    @OperationsPerInvocation(2)
    public void hop() {
        sent++;
        here.send(sent);
        if (here.receive() != sent) {
            throw new IllegalStateException("another number came back");
        }
    }

    private void echo() {
        for (long value = there.receive(); value != STOP; value = there.receive()) {
            there.send(value);
        }
    }

    @TearDown
    public void tearDown() throws IOException, InterruptedException {
        here.send(STOP);
        echo.join(TimeUnit.SECONDS.toMillis(30));
        here.close();
        there.close();
        Files.deleteIfExists(folder.resolve("memory"));
        Files.deleteIfExists(folder);
    }
}
