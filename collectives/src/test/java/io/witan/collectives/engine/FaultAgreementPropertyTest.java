package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever the order in which words arrive, all ranks take the lowest of the faults that were seen. */
class FaultAgreementPropertyTest {
    private static final int TURNS = 20_000;

    @Property(tries = 300)
    void shouldAgreeOnTheLowestFault(
            @ForAll @IntRange(min = 2, max = 7) int ranks,
            @ForAll @IntRange(min = 1, max = 7) int faults,
            @ForAll boolean oneIsDead,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int alive = oneIsDead ? ranks - 1 : ranks;
        Mail mail = new Mail(ranks);
        FaultAgreement[] agreements = new FaultAgreement[alive];
        FrameSender[] senders = new FrameSender[alive];
        PeerWatch[] watches = new PeerWatch[alive];
        for (int rank = 0; rank < alive; rank++) {
            World world = new World(1, rank, ranks, 2, 0, Long.MAX_VALUE / 4);
            agreements[rank] = new FaultAgreement(world);
            senders[rank] = new FrameSender(world, mail.from(rank));
            watches[rank] = new PeerWatch(world, 0);
        }
        List<Fault> raised = new ArrayList<>();
        BitSet spoken = new BitSet();
        Fault tooLate = new Fault(-1, 0, FaultKind.MISMATCH, 0, 0, 0, "seen by a rank that has spoken");
        for (int i = 0; i < faults; i++) {
            int reporter = random.nextInt(alive);
            if (!agreements[reporter].isOpen()) {
                Fault fault = randomFault(random, ranks, reporter, oneIsDead);
                agreements[reporter].raise(fault, 0);
                raised.add(fault);
            }
        }
        for (int turn = 0; turn < TURNS; turn++) {
            int rank = random.nextInt(alive);
            if (spoken.get(rank) && random.nextInt(50) == 0) {
                agreements[rank].raise(tooLate, 0);
            }
            spoken.set(rank, agreements[rank].isOpen());
            if (oneIsDead && random.nextInt(200) == 0) {
                watches[rank].markGone(ranks - 1);
            }
            agreements[rank].tell(senders[rank], watches[rank]);
            mail.deliverOne(rank, random, agreements[rank]);
            agreements[rank].settle(watches[rank], 1);
        }
        Fault lowest = raised.stream().sorted().findFirst().orElseThrow();
        assertThat(agreements)
                .allSatisfy(agreement -> assertThat(agreement.verdict()).isEqualTo(lowest));
    }

    private static Fault randomFault(SplittableRandom random, int ranks, int reporter, boolean oneIsDead) {
        FaultKind kind = oneIsDead && random.nextBoolean() ? FaultKind.PEER_LOST : FaultKind.DEADLINE;
        int culprit = kind == FaultKind.PEER_LOST ? ranks - 1 : random.nextInt(ranks);
        return new Fault(random.nextInt(3), 0, kind, random.nextInt(2), culprit, reporter, "x");
    }

    /** Words on their way, one queue for each pair of ranks. */
    private static final class Mail {
        private final List<List<ArrayDeque<Fault>>> queues = new ArrayList<>();

        Mail(int ranks) {
            for (int to = 0; to < ranks; to++) {
                List<ArrayDeque<Fault>> byFrom = new ArrayList<>();
                for (int from = 0; from < ranks; from++) {
                    byFrom.add(new ArrayDeque<>());
                }
                queues.add(byFrom);
            }
        }

        void deliverOne(int to, SplittableRandom random, FaultAgreement agreement) {
            int from = random.nextInt(queues.size());
            Fault fault = queues.get(to).get(from).poll();
            if (fault != null) {
                agreement.learn(from, fault, 0);
            }
        }

        Transport from(int from) {
            return new Transport() {
                @Override
                public int maxPayloadBytes(int target) {
                    return Fault.MAX_ENCODED_BYTES;
                }

                @Override
                public boolean offer(
                        int target, int stream, MemorySegment header, MemorySegment payload, long at, int bytes) {
                    MemorySegment copy =
                            MemorySegment.ofArray(payload.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE));
                    queues.get(target).get(from).add(Fault.decode(copy, 0, bytes));
                    return true;
                }

                @Override
                public int poll(int stream, FrameHandler handler, int frameLimit) {
                    return 0;
                }

                @Override
                public void close() {}
            };
        }
    }
}
