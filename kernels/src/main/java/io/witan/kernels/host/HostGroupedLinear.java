package io.witan.kernels.host;

import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.operand.Groups;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * All groups in one parallel section. Forward and input gradients split the rows of all groups evenly; a border that
 * falls near the edge of a group moves there, so that no thread gets a sliver. Weight gradients split the output rows of
 * the weights, each counted as dear as its group has rows.
 */
final class HostGroupedLinear implements GroupedLinearKernel {
    private static final int TILE = ThreadGemms.TILE;
    /** Multiply-adds below which a part is not worth a thread. */
    private static final long GRAIN = 1L << 19;
    /** Writing one row of a weight gradient costs about as much as this many rows of input. */
    private static final int WRITE_ROWS = 16;

    private final Workers workers;
    private final ThreadGemms gemms;

    HostGroupedLinear(Workers workers, ThreadGemms gemms) {
        this.workers = workers;
        this.gemms = gemms;
    }

    @Override
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, int in, int out) {
        int rows = checkGroups(offsets, w, in, out);
        Operand.in("groupedLinear x", x, (long) rows * in);
        Operand.out("groupedLinear y", y, (long) rows * out);
        Groups.in("groupedLinear w", offsets, w, (long) in * out);
        Matrix xs = Matrix.of(x, rows, in);
        Matrix ys = Matrix.of(y, rows, out);
        splitRows(
                offsets,
                (long) in * out,
                (part, group, from, to) -> gemms.multiply(
                        part,
                        xs.rowRange(from, to),
                        Matrix.of(w[group], out, in).transposed(),
                        ys.rowRange(from, to),
                        0f));
    }

    @Override
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, int in, int out, float beta) {
        int rows = checkGroups(offsets, w, in, out);
        Operand.in("groupedLinear dy", dy, (long) rows * out);
        Operand.out("groupedLinear dx", dx, (long) rows * in);
        Groups.in("groupedLinear w", offsets, w, (long) in * out);
        Matrix dys = Matrix.of(dy, rows, out);
        Matrix dxs = Matrix.of(dx, rows, in);
        splitRows(
                offsets,
                (long) in * out,
                (part, group, from, to) -> gemms.multiply(
                        part, dys.rowRange(from, to), Matrix.of(w[group], out, in), dxs.rowRange(from, to), beta));
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, int in, int out, float beta) {
        int rows = checkGroups(offsets, dw, in, out);
        Operand.in("groupedLinear dy", dy, (long) rows * out);
        Operand.in("groupedLinear x", x, (long) rows * in);
        Groups.out("groupedLinear dw", offsets, dw, (long) in * out);
        Matrix dys = Matrix.of(dy, rows, out);
        Matrix xs = Matrix.of(x, rows, in);
        int[] costs = weightCosts(offsets, dw, beta);
        splitWeights(costs, in, out, (part, group, from, to) -> {
            Matrix dyGroup = dys.rowRange(offsets[group], offsets[group + 1]);
            gemms.multiply(
                    part,
                    dyGroup.colRange(from, to).transposed(),
                    xs.rowRange(offsets[group], offsets[group + 1]),
                    Matrix.of(dw[group], out, in).rowRange(from, to),
                    beta);
        });
    }

    /** What a tile of each group's gradient costs, in rows; 0 where there is nothing to do. */
    private static int[] weightCosts(int[] offsets, MemorySegment[] dw, float beta) {
        int[] costs = new int[dw.length];
        for (int g = 0; g < dw.length; g++) {
            int rows = offsets[g + 1] - offsets[g];
            boolean untouched = rows == 0 && (dw[g] == null || beta == 1f);
            costs[g] = untouched ? 0 : rows + WRITE_ROWS;
        }
        return costs;
    }

    /** Rows from..to-1 (of the input, or of a weight) of one group. */
    private interface Piece {
        void run(int part, int group, int from, int to);
    }

    private void splitRows(int[] offsets, long workPerRow, Piece piece) {
        int rows = offsets[offsets.length - 1];
        int parts = parts(rows * workPerRow);
        workers.run(parts, part -> {
            int begin = border(offsets, part, parts);
            int end = border(offsets, part + 1, parts);
            for (int g = 0; g < offsets.length - 1; g++) {
                int from = Math.max(begin, offsets[g]);
                int to = Math.min(end, offsets[g + 1]);
                if (from < to) {
                    piece.run(part, g, from, to);
                }
            }
        });
    }

    /** First row of a part: the even share, moved to a group's edge where one is within a sixteenth of a share. */
    static int border(int[] offsets, int part, int parts) {
        int rows = offsets[offsets.length - 1];
        int even = (int) ((long) rows * part / parts);
        int reach = part == 0 || part == parts ? 0 : rows / parts / 16;
        int nearest = even;
        int distance = reach + 1;
        for (int edge : offsets) {
            if (Math.abs(edge - even) < distance) {
                distance = Math.abs(edge - even);
                nearest = edge;
            }
        }
        return nearest;
    }

    private void splitWeights(int[] costs, int in, int out, Piece piece) {
        int tiles = (out + TILE - 1) / TILE;
        long total = 0;
        for (int cost : costs) {
            total += (long) cost * tiles;
        }
        long all = total;
        int parts = parts(all * TILE * in);
        workers.run(parts, part -> {
            long begin = all * part / parts;
            long end = all * (part + 1) / parts;
            long before = 0;
            for (int g = 0; g < costs.length; g++) {
                long cost = costs[g];
                int from = tileAt(begin - before, cost, tiles) * TILE;
                int to = Math.min(out, tileAt(end - before, cost, tiles) * TILE);
                if (from < to) {
                    piece.run(part, g, from, to);
                }
                before += cost * tiles;
            }
        });
    }

    /** The tile in 0..tiles that begins at or after a distance into the group's cost. */
    private static int tileAt(long distance, long cost, int tiles) {
        if (cost == 0 || distance <= 0) {
            return 0;
        }
        return (int) Math.min(tiles, (distance + cost - 1) / cost);
    }

    private int parts(long work) {
        return (int) Math.max(1, Math.min(workers.threads(), work / GRAIN));
    }

    private static int checkGroups(int[] offsets, MemorySegment[] w, int in, int out) {
        int rows = Groups.rows(offsets, w.length);
        HostLinear.checkSizes(rows, in, out);
        return rows;
    }
}
