package io.witan.runtime.memory;

import io.witan.runtime.engine.StepArena;

/**
 * Room that rows of one layer take on the de-duplicated way between nodes, where rows of a token for one node are merged, and a relay there
 * keeps what its experts answered until backward. Kernels on host memory, whose rows are fp32.
 *
 * @param tokens T of the rank
 * @param sent n: assignments of its tokens
 * @param received m: assignments that its experts compute
 * @param leaving u: merged rows of its tokens
 * @param parts most merged rows of a token
 * @param merged U: merged rows that it relays
 * @param relayed r: rows that those stand for
 * @param choices K, of shards
 * @param width D
 */
public record MergedRoom(
        long tokens,
        long sent,
        long received,
        long leaving,
        int parts,
        long merged,
        long relayed,
        int choices,
        int width) {
    private static final int NUMBER = Integer.BYTES;

    /**
     * At most, and of relayed rows as many as the rank's experts receive, since a node's ranks share those evenly.
     *
     * @param nodes N, 2 or more
     */
    static MergedRoom most(StepRoom.Batch batch, long received, int nodes) {
        int choices = batch.topK() * batch.expertSharding();
        int parts = Math.min(choices, nodes);
        return new MergedRoom(
                batch.tokens(),
                batch.sent(),
                received,
                batch.tokens() * parts,
                parts,
                Math.min(received, batch.tokens() * nodes),
                received,
                choices,
                batch.width());
    }

    /** From forward to backward, with the rows that come back. */
    public long keptBytes() {
        return 2 * numbers(leaving)
                + numbers(tokens * parts)
                + numbers(2 * sent)
                + numbers(2 * relayed)
                + numbers(received)
                + 2 * numbers(relayed)
                + 4 * numbers(merged * choices)
                + numbers(merged)
                + answersBytes();
    }

    /** While backward runs, with the rows that come back, without the gradients [T, K] of weights. */
    public long backwardBytes() {
        return numbers(merged * choices) + numbers(relayed) + numbers(sent) + answersBytes();
    }

    private long answersBytes() {
        return rows(relayed + 1) + rows(leaving + 1);
    }

    /** For a moment in forward: sums for one source, in fp32 and as they are sent. */
    long sumBytes() {
        return 2 * rows(Math.min(tokens, merged));
    }

    /**
     * Between two hops at once.
     *
     * @param pipelined whether rows of tokens and of experts are on their way at once
     */
    long transitBytes(boolean pipelined) {
        long dispatch = rows(merged) + rows(relayed + 1);
        long combine = rows(leaving) + rows(merged);
        return pipelined ? dispatch + combine : Math.max(dispatch, combine);
    }

    private static long numbers(long count) {
        return StepArena.segmentBytes(count * NUMBER);
    }

    private long rows(long count) {
        return StepArena.segmentBytes(count * width * Float.BYTES);
    }
}
