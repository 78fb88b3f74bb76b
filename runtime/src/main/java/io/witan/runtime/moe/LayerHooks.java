package io.witan.runtime.moe;

import io.witan.collectives.CollectiveException;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A layer's hooks, called with the rows of one rank. */
final class LayerHooks {
    private final List<MoeHook> hooks;
    private final int layer;
    private final int rank;
    private final Lengths lengths;
    /** Of a row that travels, since piece 0. */
    private long travellingBytes;

    /**
     * Bytes of a token, and of a row in the experts' format.
     *
     * @param fixed whether rows that travel must have that length too
     */
    record Lengths(long token, long row, boolean fixed) {}

    LayerHooks(List<MoeHook> hooks, int layer, int rank, Lengths lengths) {
        this.lengths = lengths;
        this.hooks = List.copyOf(hooks);
        this.layer = layer;
        this.rank = rank;
    }

    boolean isEmpty() {
        return hooks.isEmpty();
    }

    MoeHook.Rows forward(MoeHook.Point point, MoeHook.Rows rows, Pass pass, StepArena arena) {
        if (hooks.isEmpty()) {
            return rows;
        }
        MoeHook.Rows now = rows;
        for (MoeHook hook : hooks) {
            MoeHook.Rows given = now;
            now = checked(hook, point, given, call(hook, point, () -> hook.forward(point, given, pass, arena)));
        }
        boolean travels = point == MoeHook.Point.BEFORE_DISPATCH || point == MoeHook.Point.BEFORE_COMBINE;
        return travels ? alike(point, now) : restored(point, now);
    }

    MoeHook.Rows backward(MoeHook.Point point, MoeHook.Rows gradient, StepArena arena) {
        if (hooks.isEmpty()) {
            return gradient;
        }
        MoeHook.Rows now = gradient;
        for (MoeHook hook : hooks.reversed()) {
            MoeHook.Rows given = now;
            now = checked(hook, point, given, call(hook, point, () -> hook.backward(point, given, arena)));
        }
        boolean travels = point == MoeHook.Point.AFTER_COMBINE || point == MoeHook.Point.AFTER_DISPATCH;
        return travels ? alike(point, now) : restored(point, now);
    }

    /** All pieces of what travels have rows of one length. */
    private MoeHook.Rows alike(MoeHook.Point point, MoeHook.Rows rows) {
        if (lengths.fixed && rows.rowBytes() != lengths.row) {
            throw new MoeLayerException(
                    layer,
                    "hooks at " + point,
                    rank,
                    "rows have " + rows.rowBytes() + " bytes, allowed are " + lengths.row
                            + ", as they are added up on their way",
                    null);
        }
        if (rows.piece() == 0) {
            travellingBytes = rows.rowBytes();
        } else if (rows.rowBytes() != travellingBytes) {
            throw new MoeLayerException(
                    layer,
                    "hooks at " + point,
                    rank,
                    "rows of piece " + rows.piece() + " have " + rows.rowBytes()
                            + " bytes, those of the pieces before it " + travellingBytes,
                    null);
        }
        return rows;
    }

    /** Where rows have arrived, they must have the length that they had before they left. */
    private MoeHook.Rows restored(MoeHook.Point point, MoeHook.Rows rows) {
        boolean tokens = point == MoeHook.Point.BEFORE_MOE || point == MoeHook.Point.AFTER_MOE;
        long expected = tokens ? lengths.token : lengths.row;
        if (rows.rowBytes() != expected) {
            throw new MoeLayerException(
                    layer,
                    "hooks at " + point,
                    rank,
                    "rows have " + rows.rowBytes() + " bytes, allowed are " + expected,
                    null);
        }
        return rows;
    }

    private interface Call {
        MoeHook.Rows run();
    }

    private MoeHook.Rows call(MoeHook hook, MoeHook.Point point, Call call) {
        try {
            return call.run();
        } catch (CollectiveException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new MoeLayerException(layer, where(hook, point), rank, e.toString(), e);
        }
    }

    private MoeHook.Rows checked(MoeHook hook, MoeHook.Point point, MoeHook.Rows given, MoeHook.Rows returned) {
        MemorySegment data = returned == null ? null : returned.data();
        if (data == null
                || returned.count() != given.count()
                || returned.rowBytes() < Integer.BYTES
                || returned.rowBytes() % Integer.BYTES != 0
                || !data.isNative()
                || data.byteSize() < returned.bytes()) {
            throw new MoeLayerException(
                    layer,
                    where(hook, point),
                    rank,
                    returned == null
                            ? "it returned null"
                            : "it returned " + returned.count() + " rows of " + returned.rowBytes() + " bytes in "
                                    + (data == null
                                            ? "no memory"
                                            : data.byteSize() + " bytes" + (data.isNative() ? "" : " of the heap"))
                                    + "; allowed are "
                                    + given.count() + " rows of a multiple of 4 bytes",
                    null);
        }
        return new MoeHook.Rows(data, given.count(), returned.rowBytes(), given.piece());
    }

    private static String where(MoeHook hook, MoeHook.Point point) {
        return "hook " + hook.getClass().getSimpleName() + " at " + point;
    }
}
