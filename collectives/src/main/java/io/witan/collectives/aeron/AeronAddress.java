package io.witan.collectives.aeron;

import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a rank and its peers are: channels and stream ids. Groups of a run share drivers and endpoints, so each has streams
 * of its own, or the subscription of one, while it takes nothing, would hold back the senders of another.
 *
 * @param isWorld the group is all of its run, at its first start: its streams between nodes have the same ids in every run, so that frames of
 *     other runs are seen and counted
 * @param streamCount control and lanes
 * @param dataInside lanes go over Aeron inside the node too; else only control does
 * @param driverTimeoutNs after this long without a sign of the media driver it is taken for dead
 */
public record AeronAddress(
        long runId,
        boolean isWorld,
        int rank,
        Topology topology,
        Path directory,
        List<String> endpoints,
        int streamCount,
        boolean dataInside,
        long driverTimeoutNs) {
    /** Of the lane of hops inside a node, {@code CommunicatorGroup.NODE}: between nodes it has the shortest terms. */
    private static final int NODE_STREAM = 2;

    private static final int UDP_STREAM_BASE = 1001;
    /** Above all ids of a world's streams. */
    private static final int GROUP_BIT = 1 << 30;

    private static final long GOLDEN_RATIO = 0x9e37_79b9_7f4a_7c15L;
    private static final int CONTROL_TERM_BYTES = 64 * 1024;
    private static final int MIN_TERM_BYTES = 64 * 1024;
    private static final int MIN_UDP_TERM_BYTES = 256 * 1024;
    private static final int MAX_TERM_BYTES = 2 * 1024 * 1024;
    /** Room for all data logs of a node: leaves some in the 64 MB of shared memory that containers have by default. */
    private static final long LOG_BUDGET_BYTES = 48L << 20;

    private static final int TERMS_PER_LOG = 3;
    /** At most, with the page that it begins on. */
    private static final int LOG_METADATA_BYTES = 8 * 1024;
    /** Frames on UDP streams, in one fragment or several: one header a frame, and priorities change between frames. */
    private static final int MAX_UDP_FRAME_BYTES = 64 * 1024;

    boolean isLocal(int peer) {
        return topology.sameNode(rank, peer);
    }

    boolean hasRemotePeers() {
        return topology.nodeCount() > 1;
    }

    /** Whether frames of a stream go over Aeron inside the node. */
    boolean isInside(int stream) {
        return stream == 0 || dataInside;
    }

    /** Where that rank takes frames from its own node. */
    static String ipcChannel() {
        return "aeron:ipc";
    }

    /** IPC streams of all ranks, groups and runs lie side by side in one driver. */
    int ipcStreamId(int peer, int stream) {
        return groupBits(topology.rankCount() * streamCount) | peer * streamCount + stream;
    }

    int udpStreamId(int stream) {
        return isWorld ? UDP_STREAM_BASE + stream : GROUP_BIT | groupBits(streamCount) | stream;
    }

    /** 30 bits of the run id, scattered (Fibonacci hashing: Knuth, TAOCP 3, 6.4), over room for {@code count} numbers. */
    private int groupBits(int count) {
        int hash = (int) (runId * GOLDEN_RATIO >>> 34);
        int room = Integer.SIZE - Integer.numberOfLeadingZeros(count - 1);
        return hash >>> room << room;
    }

    String subscriptionChannel() {
        return "aeron:udp?endpoint=" + endpoints.get(rank);
    }

    public String publicationChannel(int peer, int stream) {
        int term = termBytes(peer, stream);
        if (isLocal(peer)) {
            return ipcChannel() + "?term-length=" + term + "|mtu=" + mtu(term, PeerRoute.LARGEST_DATAGRAM_BYTES);
        }
        int mtu = mtu(term, PeerRoute.datagramBytes(endpoints.get(peer)));
        return "aeron:udp?endpoint=" + endpoints.get(peer) + "|term-length=" + term + "|mtu=" + mtu;
    }

    /** How long a frame to that rank may be which takes several fragments; 0 where each is one fragment. */
    int longestFragmentedBytes(int peer, int stream) {
        return isLocal(peer) ? 0 : Math.min(MAX_UDP_FRAME_BYTES, termBytes(peer, stream) / 8);
    }

    /**
     * Bytes that the logs of a node's ranks can fill: those inside the node once, those between nodes for what is sent and for
     * what is received.
     *
     * @param dataInside whether data goes over Aeron inside the node too
     */
    public static long logBytes(int localRanks, int remoteRanks, int streamCount, boolean dataInside) {
        long inside = (long) localRanks * (localRanks - 1);
        long between = 2L * localRanks * remoteRanks;
        int lanes = streamCount - 1;
        long control = (inside + between) * logBytes(CONTROL_TERM_BYTES);
        long data = dataInside ? inside * lanes * logBytes(dataTermBytes(inside * lanes, MIN_TERM_BYTES)) : 0;
        long wide = lanes - 1;
        return control
                + data
                + between * wide * logBytes(dataTermBytes(between * wide, MIN_UDP_TERM_BYTES))
                + between * logBytes(MIN_UDP_TERM_BYTES);
    }

    private static long logBytes(int termBytes) {
        return (long) TERMS_PER_LOG * termBytes + LOG_METADATA_BYTES;
    }

    private int termBytes(int peer, int stream) {
        if (stream == 0) {
            return CONTROL_TERM_BYTES;
        }
        int ranks = topology.rankCount(topology.nodeOf(rank));
        long lanes = streamCount - 1;
        if (isLocal(peer)) {
            return dataTermBytes(ranks * (ranks - 1) * lanes, MIN_TERM_BYTES);
        }
        return stream == NODE_STREAM
                ? MIN_UDP_TERM_BYTES
                : dataTermBytes(2L * ranks * (topology.rankCount() - ranks) * (lanes - 1), MIN_UDP_TERM_BYTES);
    }

    /** Aeron refuses an MTU above an eighth of the term. */
    private static int mtu(int termBytes, int largest) {
        return Math.min(largest, termBytes / 8);
    }

    private static int dataTermBytes(long logs, int least) {
        long share = Long.highestOneBit(LOG_BUDGET_BYTES / (TERMS_PER_LOG * Math.max(1, logs)));
        return Math.clamp(share, least, MAX_TERM_BYTES);
    }
}
