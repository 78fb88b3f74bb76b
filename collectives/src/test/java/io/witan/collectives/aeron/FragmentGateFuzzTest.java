package io.witan.collectives.aeron;

import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import io.aeron.protocol.DataHeaderFlyweight;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Fragments that a peer cuts as it likes, of two sources at once: what is handed on lies in the fragment, or in the room for one, and
 * a frame's pieces never exceed the length that its header told.
 */
class FragmentGateFuzzTest {
    private static final Fuzz.Limit LITTLE = new Fuzz.Limit(8 << 10, 4);
    private static final int MOST_BYTES = 2000;
    private static final int FLAGS = DataHeaderFlyweight.FLAGS_FIELD_OFFSET;
    private static final int SESSION = DataHeaderFlyweight.SESSION_ID_FIELD_OFFSET;

    @SuppressWarnings("restricted")
    private final MemorySegment memory = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final UnsafeBuffer fragment = new UnsafeBuffer(ByteBuffer.allocateDirect(MOST_BYTES));
    private final UnsafeBuffer aeronHeader = new UnsafeBuffer(new byte[DataHeaderFlyweight.HEADER_LENGTH]);
    private final Header header = new Header(0, 16);
    private final FragmentGate gate = new FragmentGate(memory);
    private final Frame frame = new Frame();
    private long handedOn;
    /** Of all bytes that were handed on, so that they are read. */
    private volatile long touched;

    @Test
    void piecesAreWholeFramesOrDropped() {
        header.buffer(aeronHeader);
        header.offset(0);
        Fuzz.bytes("fragments", 500_000, LITTLE, FragmentGateFuzzTest::fragments, bytes -> {
            handedOn = 0;
            ByteBuffer stream = ByteBuffer.wrap(bytes);
            while (stream.hasRemaining()) {
                aeronHeader.putByte(FLAGS, stream.get());
                aeronHeader.putInt(SESSION, stream.get());
                int length = stream.getShort();
                fragment.putBytes(0, bytes, stream.position(), length);
                stream.position(stream.position() + length);
                gate.take(this::onFrame, fragment, length, header);
            }
            return handedOn > 0;
        });
    }

    private boolean onFrame(MemorySegment segment, long at, int length) {
        if (length == 0) {
            return true;
        }
        if (length < 0 || length > MOST_BYTES + FrameLayout.HEADER_BYTES) {
            throw new AssertionError("a frame of " + length + " bytes came of fragments of at most " + MOST_BYTES);
        }
        long sum = 0;
        for (long i = 0; i < length; i++) {
            sum += segment.get(ValueLayout.JAVA_BYTE, at + i);
        }
        touched = sum;
        frame.wrap(segment, at);
        handedOn += length >= FrameLayout.HEADER_BYTES && frame.isWhole(length) ? 1 : 0;
        return true;
    }

    /** Of a frame or some: flags, session and length before each fragment. */
    private static byte[] fragments(SplittableRandom random) {
        ByteBuffer stream = ByteBuffer.allocate(32 << 10);
        for (int source = random.nextInt(1, 5); source > 0; source--) {
            byte[] whole = frame(random);
            int session = random.nextInt(2);
            for (int at = 0; at < whole.length; ) {
                int length = Math.min(whole.length - at, random.nextInt(1, MOST_BYTES + 1));
                int flags = (at == 0 ? FrameDescriptor.BEGIN_FRAG_FLAG : 0)
                        | (at + length == whole.length ? FrameDescriptor.END_FRAG_FLAG : 0);
                boolean damaged = random.nextInt(6) == 0;
                byte[] piece = Arrays.copyOfRange(whole, at, at + length);
                piece = damaged ? new Mutations(random).damaged(piece) : piece;
                piece = Arrays.copyOf(piece, Math.min(piece.length, MOST_BYTES));
                flags = damaged && random.nextBoolean() ? random.nextInt(256) : flags;
                stream.put((byte) flags)
                        .put((byte) session)
                        .putShort((short) piece.length)
                        .put(piece);
                at += length;
            }
        }
        return Arrays.copyOf(stream.array(), stream.position());
    }

    private static byte[] frame(SplittableRandom random) {
        int payload = random.nextInt(3 * MOST_BYTES);
        byte[] bytes = new byte[FrameLayout.HEADER_BYTES + payload];
        new Frame()
                .wrap(MemorySegment.ofArray(bytes), 0)
                .begin(1, 2)
                .type(FrameType.DATA)
                .target(1)
                .part(payload, 0)
                .payloadBytes(payload);
        return bytes;
    }
}
