package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.CollectiveException.Kind;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RendezvousTest {
    private static final Topology THREE = Topology.of(3);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @Test
    void shouldMeetThroughAnUnreliableNetwork() {
        InMemoryNetwork network =
                InMemoryNetwork.faulty(THREE, FaultPlan.seeded(1).unreliable(0.4, 3, 0.4, 0.4));

        List<String> outcomes =
                meet(network, List.of(origin(network, 0, 5), origin(network, 1, 5), origin(network, 2, 5)));

        assertThat(outcomes).containsExactly("met", "met", "met");
    }

    @Test
    void shouldNameBothConfigurationsOnAllRanks() {
        InMemoryNetwork network = InMemoryNetwork.reliable(THREE);

        List<String> outcomes =
                meet(network, List.of(origin(network, 0, 0xA), origin(network, 1, 0xB), origin(network, 2, 0xA)));

        assertThat(outcomes).containsOnly(outcomes.getFirst());
        assertThat(outcomes.getFirst())
                .isEqualTo(
                        "MISMATCH rendezvous: rank 0 has configuration hash 000000000000000a, rank 1 has 000000000000000b");
    }

    @Test
    void shouldNameBothWorldSizes() {
        InMemoryNetwork network = InMemoryNetwork.reliable(THREE);
        Origin small =
                InMemoryNetwork.reliable(Topology.of(2)).withDeadline(SECOND).origin(0, 5, TIMEOUT);
        Origin large = InMemoryNetwork.reliable(THREE).withDeadline(SECOND).origin(1, 5, TIMEOUT);

        List<String> outcomes = meet(network, List.of(small, large));

        assertThat(outcomes).containsOnly(outcomes.getFirst());
        assertThat(outcomes.getFirst())
                .isEqualTo("MISMATCH rendezvous: rank 0 was started with 2 ranks, rank 1 with 3");
    }

    @Test
    void shouldNameMissingRanksAndCountForeignFrames() {
        InMemoryNetwork network = InMemoryNetwork.reliable(THREE);
        Origin other = origin(Members.world(99, 1, THREE), Duration.ofMillis(200));
        assertThat(outcome(network, other))
                .isEqualTo("RENDEZVOUS rendezvous: no word from ranks [0, 2] of 3 within 0.2 s");

        assertThat(outcome(network, network.origin(0, 5, Duration.ofMillis(400))))
                .isEqualTo(
                        "RENDEZVOUS rendezvous: no word from ranks [1, 2] of 3 within 0.4 s; 1 frames of other runs were dropped");
    }

    /** Rank 0 hears that rank 1 and rank 2 differ, but reaches rank 2 only when rank 1 might be satisfied already. */
    @Test
    void shouldAgreeWhenARankReachesAnotherLate() {
        InMemoryNetwork network = InMemoryNetwork.reliable(THREE).withDeadline(TIMEOUT);
        CountDownLatch firstIsGone = new CountDownLatch(1);
        List<Callable<String>> calls = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            Origin origin = origin(network, rank, rank == 2 ? 0xB : 0xA);
            Transport plain = network.transport(rank);
            Transport transport = rank == 0 ? new LateTransport(plain, 2, firstIsGone) : plain;
            calls.add(() -> {
                try {
                    return outcome(transport, origin);
                } finally {
                    if (origin.members().rank() == 1) {
                        firstIsGone.countDown();
                    }
                }
            });
        }

        assertThat(Ranks.inParallel(calls))
                .containsOnly(
                        "MISMATCH rendezvous: rank 0 has configuration hash 000000000000000a, rank 2 has 000000000000000b");
    }

    /** Has no way to one rank until an event, or until it has looked for it often enough. */
    private static final class LateTransport implements Transport {
        private static final int LOOKS = 300;

        private final Transport inner;
        private final int lateTarget;
        private final CountDownLatch event;
        private int looks;

        LateTransport(Transport inner, int lateTarget, CountDownLatch event) {
            this.inner = inner;
            this.lateTarget = lateTarget;
            this.event = event;
        }

        @Override
        public int maxPayloadBytes(int target) {
            return inner.maxPayloadBytes(target);
        }

        @Override
        public boolean offer(int target, int stream, MemorySegment header, MemorySegment payload, long at, int bytes) {
            if (target == lateTarget && looks < LOOKS && event.getCount() > 0) {
                looks++;
                return false;
            }
            return inner.offer(target, stream, header, payload, at, bytes);
        }

        @Override
        public int poll(int stream, FrameHandler handler, int frameLimit) {
            return inner.poll(stream, handler, frameLimit);
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    private static Origin origin(InMemoryNetwork network, int rank, long configHash) {
        return network.withDeadline(TIMEOUT).origin(rank, configHash, TIMEOUT);
    }

    private static Origin origin(Members members, Duration timeout) {
        return new Origin(members, 5, TIMEOUT, timeout, Idle.BACKOFF, () -> false, others -> {
            throw new AssertionError("no other group was asked for");
        });
    }

    private static List<String> meet(InMemoryNetwork network, List<Origin> origins) {
        List<Callable<String>> calls = new ArrayList<>();
        for (Origin origin : origins) {
            calls.add(() -> outcome(network, origin));
        }
        return Ranks.inParallel(calls);
    }

    private static String outcome(InMemoryNetwork network, Origin origin) {
        return outcome(network.transport(origin.members().rank()), origin);
    }

    private static String outcome(Transport transport, Origin origin) {
        try (CommunicatorGroup group = CommunicatorGroup.met(origin, transport, BufferSource.PRIVATE)) {
            group.lane(0).barrier().await();
            return "met";
        } catch (CollectiveException refused) {
            assertThat(refused.kind()).isIn(Kind.MISMATCH, Kind.RENDEZVOUS);
            return refused.kind() + " " + refused.getMessage();
        }
    }
}
