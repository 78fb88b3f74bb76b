package io.witan.collectives.shared;

import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Carries the lanes between ranks of one node through memory that they share, and all else over another transport. Data
 * frames of one (source, target, lane) take this one way only, so they stay in order.
 */
public final class SharedTransport implements Transport {
    private final Transport between;
    private final Topology topology;
    private final int rank;
    private final int firstLocal;
    private final int endLocal;
    private final long runId;
    private final int laneCount;
    private final NodeFiles files;
    private final RingLayout layout;
    private final PeerRings own;
    private final OwnRegions regions;
    /** By rank; null for ranks of other nodes, for this one, and until met. */
    private final Peer[] peers;

    /**
     * Makes this rank's rings; call before peers can hear of this rank.
     *
     * @param between carries control and what leaves the node; owned from now on, also if this fails
     * @throws io.witan.collectives.wire.TransportException if there is no room for them
     */
    public static SharedTransport open(
            Transport between, Topology topology, int rank, int laneCount, long runId, Path driverDirectory) {
        try {
            return new SharedTransport(
                    between, topology, rank, laneCount, runId, new NodeFiles(driverDirectory, runId));
        } catch (RuntimeException refused) {
            between.close();
            throw refused;
        }
    }

    private SharedTransport(
            Transport between, Topology topology, int rank, int laneCount, long runId, NodeFiles files) {
        this.between = between;
        this.topology = topology;
        this.rank = rank;
        int node = topology.nodeOf(rank);
        this.firstLocal = topology.firstRank(node);
        this.endLocal = firstLocal + topology.rankCount(node);
        this.runId = runId;
        this.laneCount = laneCount;
        this.files = files;
        this.layout = RingLayout.of(topology.rankCount(node), laneCount);
        this.own = PeerRings.create(files.rings(rank), layout, runId);
        this.regions = new OwnRegions(files, rank);
        this.peers = new Peer[topology.rankCount()];
    }

    /** Deletes what a rank has left whose process was killed. */
    public static void deleteLeftovers(Path driverDirectory, long runId, int rank) {
        NodeFiles.left(driverDirectory, runId).deleteAllOf(rank);
    }

    /** Length of the rings of all ranks of a node together. */
    public static long ringBytes(int localRanks, int laneCount) {
        return localRanks * RingLayout.of(localRanks, laneCount).fileBytes();
    }

    /** Memory that peers on the node can read in place. */
    public OwnRegions regions() {
        return regions;
    }

    @Override
    public boolean sharesMemory() {
        return true;
    }

    /** Maps the peer's rings, which it has made before it could be heard: it may leave before the first operation. */
    @Override
    public boolean attach(int peer) {
        if (peer == rank || peer < firstLocal || peer >= endLocal) {
            return true;
        }
        PeerRings rings = PeerRings.open(files.rings(peer), peer, layout, runId);
        peers[peer] = rings == null ? null : new Peer(peer, rings);
        return rings != null;
    }

    @Override
    public int maxPayloadBytes(int target) {
        return peers[target] == null ? between.maxPayloadBytes(target) : layout.roomBytes();
    }

    @Override
    public boolean offer(
            int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        Peer peer = stream == CONTROL_STREAM ? null : peers[target];
        return peer == null
                ? between.offer(target, stream, header, payload, payloadAt, payloadBytes)
                : peer.writers[stream - 1].offer(header, payload, payloadAt, payloadBytes);
    }

    @Override
    public boolean reaches(int target, MemorySegment memory) {
        return peers[target] != null && regions.find(memory) != null;
    }

    @Override
    public boolean lend(int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt) {
        OwnRegions.Region region = regions.find(payload);
        return peers[target].writers[stream - 1].lend(header, region.id(), region.offset(payload) + payloadAt);
    }

    @Override
    public long lent(int target, int stream) {
        return peers[target].writers[stream - 1].loans();
    }

    @Override
    public long returned(int target, int stream) {
        return peers[target].writers[stream - 1].returned();
    }

    @Override
    public boolean giveBack(int source, int stream) {
        return peers[source].readers[stream - 1].giveBack();
    }

    @Override
    public void recall(int stream) {
        for (Peer peer : peers) {
            if (peer != null) {
                recall(peer.writers[stream - 1]);
            }
        }
    }

    private static void recall(RingWriter writer) {
        try {
            writer.recall();
        } catch (InternalError cut) {
            // This rank's file was cut: peers cannot read it either.
            return;
        }
    }

    @Override
    public int poll(int stream, FrameHandler handler, int frameLimit) {
        if (stream == CONTROL_STREAM) {
            return between.poll(stream, handler, frameLimit);
        }
        int frames = 0;
        for (int local = firstLocal; local < endLocal; local++) {
            Peer peer = peers[local];
            if (peer != null) {
                frames += peer.readers[stream - 1].poll(handler, frameLimit);
            }
        }
        return topology.nodeCount() == 1 ? frames : frames + between.poll(stream, handler, frameLimit);
    }

    @Override
    public void addFiles(Collection<Path> all) {
        between.addFiles(all);
        all.add(files.rings(rank));
        for (Peer peer : peers) {
            if (peer != null) {
                all.add(files.rings(peer.number));
                peer.memory.addFiles(all);
            }
        }
    }

    @Override
    public boolean hasEnded(int peer) {
        return peers[peer] != null && peers[peer].rings.hasEnded();
    }

    @Override
    public void close() {
        between.close();
        regions.close();
        NodeFiles.delete(files.rings(rank));
        own.close();
        for (Peer peer : peers) {
            if (peer != null) {
                peer.close();
            }
        }
    }

    private final class Peer {
        private final int number;
        private final PeerRings rings;
        private final PeerRegions memory;
        private final RingWriter[] writers = new RingWriter[laneCount];
        private final RingReader[] readers = new RingReader[laneCount];

        private Peer(int peer, PeerRings rings) {
            number = peer;
            this.rings = rings;
            memory = new PeerRegions(files, peer);
            for (int lane = 0; lane < laneCount; lane++) {
                writers[lane] = new RingWriter(own.ring(layout, peer - firstLocal, lane), layout, peer);
                readers[lane] = new RingReader(rings.ring(layout, rank - firstLocal, lane), layout, memory, peer);
            }
        }

        /** Of a peer that was killed, nothing stays: here and now nobody else is left to see to it. */
        private void close() {
            if (rings.wereLeft()) {
                files.deleteAllOf(number);
            }
            memory.close();
            rings.close();
        }
    }
}
