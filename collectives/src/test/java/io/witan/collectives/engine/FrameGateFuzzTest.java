package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FrameGateFuzzTest {
    private static final World WORLD = new World(0xABCDL, 1, 4, 2, 0, 1_000_000_000L);

    @Property(tries = 2000)
    void shouldDropGarbageOfAnyLength(@ForAll byte[] garbage) {
        FrameGate gate = new FrameGate(WORLD);
        MemorySegment memory = MemorySegment.ofArray(garbage);

        assertThat(gate.data(0, memory, 0, garbage.length)).isNull();
        assertThat(gate.control(memory, 0, garbage.length)).isNull();
        assertThat(gate.greeting(memory, 0, garbage.length)).isNull();
        assertThat(gate.droppedFrames()).isEqualTo(3);
    }

    /** Headers with one flipped bit are dropped, or the bit was in a field that the operation's own check compares. */
    @Property(tries = 3000)
    void shouldDropFramesForOthers(
            @ForAll @IntRange(max = 8 * FrameLayout.HEADER_BYTES - 1) int bit, @ForAll long seed) {
        byte[] bytes = frame(20, seed);
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        int field = bit / 8;
        boolean compared = field == FrameLayout.OPERATION_AT
                || field >= FrameLayout.LAYER_AT && field < FrameLayout.PAYLOAD_BYTES_AT
                || field >= FrameLayout.SEQUENCE_AT;
        FrameGate gate = new FrameGate(WORLD);
        Frame found = gate.data(1, MemorySegment.ofArray(bytes), 0, bytes.length);

        boolean otherPeer = bit / 8 >= FrameLayout.SOURCE_AT && bit / 8 < FrameLayout.TARGET_AT && found != null;
        if (!compared && !otherPeer) {
            assertThat(found).isNull();
        }
        if (otherPeer) {
            assertThat(found.source()).isIn(0, 2, 3);
        }
    }

    @Test
    void shouldLetInWhatBelongsToThisRun() {
        byte[] bytes = frame(20, 5);
        FrameGate gate = new FrameGate(WORLD);
        Frame frame = gate.data(1, MemorySegment.ofArray(bytes), 0, bytes.length);

        assertThat(frame.source()).isEqualTo(2);
        assertThat(frame.sequence()).isEqualTo(5);
        assertThat(frame.signature()).isEqualTo(6);
        assertThat(frame.extent()).isEqualTo(7);
        assertThat(frame.step()).isEqualTo(8);
        assertThat(frame.layer()).isEqualTo(9);
        assertThat(frame.total()).isEqualTo(4000);
        assertThat(frame.offset()).isEqualTo(400);
        assertThat(frame.payloadBytes()).isEqualTo(20);
        assertThat(gate.droppedFrames()).isZero();
        assertThat(gate.data(0, MemorySegment.ofArray(bytes), 0, bytes.length))
                .as("other lane")
                .isNull();
        assertThat(gate.data(1, MemorySegment.ofArray(bytes), 0, bytes.length - 1))
                .as("cut")
                .isNull();
    }

    private static byte[] frame(int payload, long seed) {
        byte[] bytes = new byte[FrameLayout.HEADER_BYTES + payload];
        new SplittableRandom(seed).nextBytes(bytes);
        new Frame()
                .wrap(MemorySegment.ofArray(bytes), 0)
                .begin(WORLD.runId(), 2)
                .type(FrameType.DATA)
                .target(1)
                .lane(1)
                .call(OpCode.ALL_REDUCE.ordinal(), 5, 6, 7)
                .marked(8, 9)
                .part(4000, 400)
                .payloadBytes(payload);
        return bytes;
    }
}
