package io.witan.launcher.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.CollectiveException;
import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.Handle;
import io.witan.collectives.InMemoryNetwork;
import io.witan.launcher.exit.LaunchException;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranks of this process fail together; what is said of them must be what the test made them do. */
final class FlightReportTest {
    private static final int RANKS = 3;
    private static final String RUN = "00000000000000aa";

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofShared();
    private final CyclicBarrier together = new CyclicBarrier(RANKS);

    @AfterEach
    void close() {
        arena.close();
    }

    /** What a rank does after all have passed one barrier on the lane of tokens. */
    @FunctionalInterface
    private interface Part {
        /** Null: nothing. */
        Handle begin(Communicator tokens) throws InterruptedException;
    }

    private MemorySegment floats(int count) {
        return arena.allocate(4L * count, 4);
    }

    private void run(Part... parts) throws Exception {
        InMemoryNetwork network =
                InMemoryNetwork.reliable(Topology.singleNode(RANKS)).withDeadline(Duration.ofSeconds(4));
        try (ExecutorService threads = Executors.newFixedThreadPool(RANKS)) {
            List<Future<?>> ranks = new ArrayList<>();
            for (int rank = 0; rank < RANKS; rank++) {
                CommunicatorGroup group = network.connect(rank);
                Part part = parts[rank];
                ranks.add(threads.submit(() -> play(group, part)));
            }
            for (Future<?> rank : ranks) {
                rank.get(60, TimeUnit.SECONDS);
            }
        }
    }

    private Void play(CommunicatorGroup group, Part part) throws Exception {
        try (group) {
            Communicator tokens = group.lane(CommunicatorGroup.TOKENS);
            tokens.barrier().await();
            together.await(60, TimeUnit.SECONDS);
            tokens.mark(7, 2);
            Handle handle = part.begin(tokens);
            String error = "gave up";
            try {
                if (handle != null) {
                    handle.await();
                }
            } catch (CollectiveException verdict) {
                error = verdict.getMessage();
            }
            together.await(60, TimeUnit.SECONDS);
            new FlightFile(folder, group.rank())
                    .write(new FlightFile.Failure(RUN, 1, "n" + group.rank(), error), group.flightRecord());
        }
        return null;
    }

    @Test
    void aRankThatDidNotArriveIsNamed() throws Exception {
        Part reduces = tokens -> tokens.allReduce(floats(2));
        run(reduces, reduces, _ -> null);
        assertThat(FlightReport.lines(folder))
                .startsWith("flight records of ranks [0, 1, 2] of a world of 3, attempt 1:")
                .containsSubsequence(
                        "lane tokens, operation 1: allReduce step=7 layer=2, 8 B, called by ranks [0, 1]",
                        "  rank 2 had not arrived: its last call of this lane was operation 0, barrier")
                .anySatisfy(line -> assertThat(line).matches(" {2}rank 0 waited for bytes of (ranks \\[1, 2]|rank 2)"))
                .endsWith("others waited for rank 2");
    }

    @Test
    void ranksThatCalledDifferentOperationsAreNamed() throws Exception {
        CountDownLatch othersCalled = new CountDownLatch(2);
        Part reduces = tokens -> {
            Handle handle = tokens.allReduce(floats(2));
            othersCalled.countDown();
            return handle;
        };
        Part broadcasts = tokens -> {
            othersCalled.await();
            return tokens.broadcast(floats(4), 1);
        };
        run(reduces, broadcasts, reduces);
        assertThat(FlightReport.lines(folder))
                .containsSubsequence(
                        "lane tokens, operation 1: ranks called different operations",
                        "  allReduce step=7 layer=2, 8 B: called by ranks [0, 2]",
                        "  broadcast step=7 layer=2, 16 B: called by rank 1")
                .noneMatch(line -> line.startsWith("others waited"));
    }

    @Test
    void aRankWithoutARecordIsNamedAndOneOfAnEarlierAttemptDoesNotCount() throws Exception {
        Part reduces = tokens -> tokens.allReduce(floats(2));
        run(reduces, reduces, _ -> null);
        Path third = new FlightFile(folder, 2).path();
        String older = Files.readString(third).replace(RUN, "00000000000000a9");
        Files.writeString(third, older.replaceFirst("\"taken_us\" : \\d+", "\"taken_us\" : 1"));
        assertThat(FlightReport.lines(folder))
                .startsWith("flight records of ranks [0, 1] of a world of 3, attempt 1:")
                .endsWith("rank 2 left no record: killed, or ended otherwise before the failure");
        FlightFile.removeAll(folder);
        assertThat(FlightReport.lines(folder)).isEmpty();
    }

    @Test
    void whatIsNoRecordIsRefusedInOneLine() throws IOException {
        Path file = new FlightFile(folder, 0).path();
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{");
        assertThatThrownBy(() -> FlightReport.lines(folder))
                .isInstanceOf(LaunchException.class)
                .hasMessageStartingWith(file + " is no flight record: ");
        Files.writeString(file, "{\"version\": 2}");
        assertThatThrownBy(() -> FlightReport.lines(folder))
                .isInstanceOf(LaunchException.class)
                .hasMessage(file + ": a flight record of version 2, expected 1");
    }
}
