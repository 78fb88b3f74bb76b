package io.witan.runtime.train.recovery;

import io.witan.collectives.Handle;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.CommitListener;
import io.witan.runtime.state.RegionKeys;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.StatePart;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.VaultCommit;
import io.witan.runtime.vault.ExpertVault.Entry;
import io.witan.runtime.vault.VaultFile.Kind;
import io.witan.runtime.vault.VaultFolder;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Copies every n-th step to another node, so that what a rank alone has outlives the node. A copy begins with a copy on the rank's own disk,
 * to which all ranks can go back together; from there the experts go to the peer in n pieces, one beside each step, and are committed there
 * when they are whole. What all ranks have is not sent. The last copy that is whole on all peers, of this start or an earlier one, stays until
 * there is another one.
 *
 * <p>Thread rule: the training thread. Collective: all ranks commit the same steps.
 */
public final class PeerCopies implements CommitListener, AutoCloseable {
    private static final long SMALLEST_PIECE = 64 << 10;
    private static final long ALIGNMENT = 64;
    private static final long NONE = -1;

    private final RankRuntime runtime;
    private final TrainingState state;
    private final int interval;
    private final PeerRing ring;
    /** Null only while a failed opening is closed. */
    private StepCopies kept;

    private final Map<Integer, StepCopies> peers = new TreeMap<>();
    /** Bytes of each rank's experts as they lie in its copies. */
    private final long[] bytes;

    private final int[] experts;
    private final long pieceBytes;
    private final MemorySegment arrivals;
    /** In the copy that was begun last on this rank's own disk. */
    private MemorySegment source;

    private Handle piece;
    private long step = NONE;
    private long sent;
    private VaultCommit commit;
    private List<int[][]> slots;
    /** What is called once when a copy is whole on all peers, then nothing. */
    private Runnable firstWhole;

    private boolean whole;

    private PeerCopies(
            RankRuntime runtime,
            TrainingState state,
            VaultFolder folder,
            String run,
            int interval,
            Runnable firstWhole) {
        this.runtime = runtime;
        this.state = state;
        this.interval = interval;
        this.firstWhole = firstWhole;
        this.ring = new PeerRing(runtime.topology());
        try {
            this.experts = RankMessages.all(runtime, Integer.class, () -> {
                        kept = StepCopies.open(folder, Kind.KEPT, runtime.size(), runtime.rank(), ownEntries());
                        return state.expertSlots().length;
                    })
                    .stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            openPeers(folder, run);
            long own = experts().byteSize();
            this.bytes = RankMessages.all(runtime, Long.class, () -> own).stream()
                    .mapToLong(Long::longValue)
                    .toArray();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        long largest = Arrays.stream(bytes).max().orElseThrow();
        this.pieceBytes = Math.max(SMALLEST_PIECE, Math.ceilDiv(largest, interval * ALIGNMENT) * ALIGNMENT);
        this.arrivals = runtime.exchange().allocate(pieceBytes * peers.size());
    }

    /**
     * From now on copies steps of this state, the next one first; all ranks call it together, at least two, with experts.
     *
     * @param run that steps are of, as {@code TrainingCheckpoint.Identity} tells it
     * @param interval n, in steps
     * @param firstWhole called once on each rank, after a copy is whole on all: what is older is of no use from then on
     */
    public static PeerCopies start(
            RankRuntime runtime,
            TrainingState state,
            VaultFolder folder,
            String run,
            int interval,
            Runnable firstWhole) {
        PeerCopies copies = new PeerCopies(runtime, state, folder, run, interval, firstWhole);
        state.whenCommitted(copies);
        return copies;
    }

    /** And agrees with all ranks on what stays. */
    private void openPeers(VaultFolder folder, String run) {
        int ranks = runtime.size();
        int rank = runtime.rank();
        List<Holding> all = RankMessages.all(runtime, Holding[].class, () -> {
                    List<Holding> mine = new ArrayList<>(kept.holdings(run, ranks, rank));
                    for (int source : ring.keptBy(rank)) {
                        List<Entry> entries = expertEntries(experts[source]);
                        StepCopies copies = StepCopies.open(folder, Kind.PEER, ranks, source, entries);
                        peers.put(source, copies);
                        mine.addAll(copies.holdings(run, ranks, rank));
                    }
                    return mine.toArray(Holding[]::new);
                })
                .stream()
                .flatMap(Stream::of)
                .toList();
        SharedGeneration.find(all).ifPresent(generation -> {
            kept.keep(run, generation);
            peers.values().forEach(copies -> copies.keep(run, generation));
        });
    }

    private List<Entry> ownEntries() {
        List<Entry> entries = new ArrayList<>();
        for (StatePart part : StatePart.values()) {
            entries.add(new Entry(
                    RegionKeys.of(RegionKeys.DENSE, part), state.dense().count() * Float.BYTES));
        }
        entries.addAll(expertEntries(state.expertSlots().length));
        return entries;
    }

    private List<Entry> expertEntries(int count) {
        List<Entry> entries = new ArrayList<>();
        for (int expert = 0; expert < count; expert++) {
            for (StatePart part : StatePart.values()) {
                entries.add(new Entry(RegionKeys.of(RegionKeys.expert(expert), part), state.expertBytes()));
            }
        }
        return entries;
    }

    @Override
    public void committed(long committedStep, int slot, byte[] engineState) {
        settle();
        if (step != NONE && sent >= Arrays.stream(bytes).max().orElseThrow()) {
            complete();
        }
        if (step == NONE && (slots == null || committedStep % interval == 0)) {
            begin(committedStep, slot, engineState);
        }
        if (step != NONE) {
            send();
        }
    }

    private void begin(long committedStep, int slot, byte[] engineState) {
        int[][] contents = state.expertSlots();
        // Nobody writes over an older copy before the newer one is whole on all ranks, which it is once all are here.
        slots = RankMessages.all(runtime, int[][].class, () -> contents);
        if (whole) {
            firstWhole.run();
            firstWhole = () -> {};
        }
        copy(state.dense(), RegionKeys.DENSE, slot);
        for (int region = 0; region < contents.length; region++) {
            copy(state.expert(contents[region][0], contents[region][1]), RegionKeys.expert(region), slot);
        }
        source = experts();
        kept.commit(committedStep, engineState);
        commit = VaultCommit.fromBytes(engineState);
        step = committedStep;
        sent = 0;
    }

    private MemorySegment experts() {
        return span(kept, experts[runtime.rank()]);
    }

    private static MemorySegment span(StepCopies copies, int experts) {
        return copies.span(
                RegionKeys.of(RegionKeys.expert(0), StatePart.PARAMETER),
                RegionKeys.of(RegionKeys.expert(experts - 1), StatePart.SECOND_MOMENT));
    }

    private void copy(StateEntry entry, String region, int slot) {
        for (StatePart part : StatePart.values()) {
            kept.segment(RegionKeys.of(region, part)).copyFrom(part.of(entry.slot(slot)));
        }
    }

    /** Starts the next piece, which goes beside the next step, on the lane that is idle until its backward. */
    private void send() {
        long[] out = new long[runtime.size()];
        long[] in = new long[runtime.size()];
        out[ring.keeperOf(runtime.rank())] = lengthOf(runtime.rank());
        for (int from : peers.keySet()) {
            in[from] = lengthOf(from);
        }
        MemorySegment from = source.asSlice(Math.min(sent, source.byteSize()), lengthOf(runtime.rank()));
        runtime.gradients().mark(step, -1);
        piece = runtime.gradients()
                .allToAllV(from, out, arrivals.asSlice(0, Arrays.stream(in).sum()), in);
    }

    /** Of the piece that begins where the last one ended. */
    private long lengthOf(int rank) {
        return Math.clamp(bytes[rank] - sent, 0, pieceBytes);
    }

    /** Waits until the piece is there that is on its way; before ranks part, and before the next one. */
    public void settle() {
        if (piece == null) {
            return;
        }
        piece.await();
        piece = null;
        long offset = 0;
        for (Map.Entry<Integer, StepCopies> peer : peers.entrySet()) {
            long length = lengthOf(peer.getKey());
            if (length > 0) {
                MemorySegment.copy(arrivals, offset, span(peer.getValue(), experts[peer.getKey()]), sent, length);
            }
            offset += length;
        }
        sent += pieceBytes;
    }

    private void complete() {
        peers.forEach((rank, copies) ->
                copies.commit(step, new VaultCommit(commit.run(), commit.engine(), slots.get(rank)).toBytes()));
        step = NONE;
        whole = true;
    }

    /** The ranks whose copies this one keeps. */
    public List<Integer> sources() {
        return List.copyOf(peers.keySet());
    }

    /** After the group, which reads what is sent. */
    @Override
    public void close() {
        if (kept != null) {
            kept.close();
        }
        peers.values().forEach(StepCopies::close);
    }
}
