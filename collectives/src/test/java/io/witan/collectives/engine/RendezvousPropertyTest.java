package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** In whatever order ranks start, links come up and frames arrive: all ranks meet, or all refuse with the same fault. */
class RendezvousPropertyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long TIMEOUT = 600 * SECOND;
    private static final int TURNS = 100_000;
    /** So that all turns together take far less than the rendezvous and more than an operation's deadline. */
    private static final long TURN_NS = SECOND / 1000;

    @Property(tries = 400)
    void shouldEndAlikeOnAllRanks(
            @ForAll @IntRange(min = 2, max = 6) int ranks,
            @ForAll @IntRange(min = 1, max = 3) int configurations,
            @ForAll boolean mixed,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] config = random.longs(ranks, 0, configurations).toArray();
        boolean[] shares = new boolean[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            shares[rank] = mixed && random.nextBoolean();
        }
        Run run = new Run(config, shares, random);
        for (int turn = 0; turn < TURNS && !run.isOver(); turn++) {
            run.step(random.nextInt(ranks));
        }

        String expected = expected(config, shares);
        for (Rendezvous rendezvous : run.ranks) {
            assertThat(rendezvous.isOver()).isTrue();
            Fault fault = rendezvous.outcome();
            assertThat(fault == null ? null : fault.message()).isEqualTo(expected);
        }
        assertThat(run.nowNs).as("nobody waits for the time-out").isLessThan(TIMEOUT / 2);
    }

    /** The lowest pair of ranks that differ, in what is more basic; null if all are alike. */
    private static String expected(long[] config, boolean[] shares) {
        for (int low = 0; low < config.length; low++) {
            for (int high = low + 1; high < config.length; high++) {
                if (config[low] != config[high]) {
                    return String.format(
                            "rendezvous: rank %d has configuration hash %016x, rank %d has %016x",
                            low, config[low], high, config[high]);
                }
            }
        }
        for (int rank = 1; rank < shares.length; rank++) {
            if (shares[rank] != shares[0]) {
                return String.format(
                        "rendezvous: rank %d moves data inside a node through shared memory, rank %d over Aeron",
                        shares[0] ? 0 : rank, shares[0] ? rank : 0);
            }
        }
        return null;
    }

    /** A world on a fake clock. A link is up from a random moment until either end is gone. */
    private static final class Run {
        private final Rendezvous[] ranks;
        private final ArrayDeque<byte[]>[] frames;
        private final long[] upNs;
        private long nowNs;

        @SuppressWarnings({"unchecked", "rawtypes"})
        Run(long[] config, boolean[] shares, SplittableRandom random) {
            int size = config.length;
            ranks = new Rendezvous[size];
            frames = new ArrayDeque[size * size];
            upNs = new long[size * size];
            for (int link = 0; link < frames.length; link++) {
                frames[link] = new ArrayDeque<>();
                upNs[link] = random.nextInt(3) == 0 ? random.nextLong(20 * SECOND) : 0;
            }
            for (int rank = 0; rank < size; rank++) {
                World world = new World(1, rank, size, 2, config[rank], SECOND);
                Transport transport = new Links(rank, shares[rank], random);
                ranks[rank] = new Rendezvous(
                        world, transport, new FrameSender(world, transport), new FrameGate(world), 0, TIMEOUT);
            }
        }

        boolean isOver() {
            return Arrays.stream(ranks).allMatch(Rendezvous::isOver);
        }

        void step(int rank) {
            nowNs += TURN_NS;
            if (!ranks[rank].isOver()) {
                ranks[rank].step(nowNs);
            }
        }

        private final class Links implements Transport {
            private final int rank;
            private final boolean shares;
            private final SplittableRandom random;

            Links(int rank, boolean shares, SplittableRandom random) {
                this.rank = rank;
                this.shares = shares;
                this.random = random;
            }

            @Override
            public boolean sharesMemory() {
                return shares;
            }

            @Override
            public int maxPayloadBytes(int target) {
                return Fault.MAX_ENCODED_BYTES;
            }

            @Override
            public boolean offer(
                    int target, int stream, MemorySegment header, MemorySegment payload, long at, int bytes) {
                int link = rank * ranks.length + target;
                if (nowNs < upNs[link] || ranks[target].isOver()) {
                    return false;
                }
                byte[] frame = new byte[(int) header.byteSize() + bytes];
                MemorySegment copy = MemorySegment.ofArray(frame);
                MemorySegment.copy(header, 0, copy, 0, header.byteSize());
                MemorySegment.copy(payload, at, copy, header.byteSize(), bytes);
                frames[link].add(frame);
                return true;
            }

            @Override
            public int poll(int stream, FrameHandler handler, int frameLimit) {
                int taken = 0;
                for (int source = 0; source < ranks.length; source++) {
                    ArrayDeque<byte[]> queue = frames[source * ranks.length + rank];
                    while (!queue.isEmpty() && random.nextBoolean()) {
                        byte[] frame = queue.peek();
                        if (!handler.onFrame(MemorySegment.ofArray(frame), 0, frame.length)) {
                            break;
                        }
                        queue.remove();
                        taken++;
                    }
                }
                return taken;
            }

            @Override
            public void close() {}
        }
    }
}
