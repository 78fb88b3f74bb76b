package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Frames of a peer that sends anything: whoever reads them drops them, or takes them for what they are, or has one fault to tell. The
 * engine would turn an exception into a fault that blames its own rank; here it fails the test.
 */
class FramesFuzzTest {
    private static final int OWN = 1;
    private static final int RANKS = 4;
    private static final World WORLD = new World(0xABCDL, OWN, RANKS, 2, 0, 1_000_000_000L);
    private static final Fuzz.Limit LITTLE = new Fuzz.Limit(2048, 4);
    private static final Fuzz.Limit WITH_TEXTS = new Fuzz.Limit(64 << 10, 32);
    private static final int MOST_FRAMES = 6;
    /** Bytes that each rank owes in the operation of a lane. */
    private static final int[] OWED = {40, 0, 0, 100};

    private static final int GUARD = 32;
    private static final byte UNTOUCHED = 77;

    private final GivenFrames frames = new GivenFrames();
    private final FrameSender sender = new FrameSender(WORLD, frames);

    @AfterEach
    void close() {
        sender.close();
    }

    @Test
    void framesAreWholeAndOfThisRunOrDropped() {
        FrameGate gate = new FrameGate(WORLD);
        Fuzz.bytes("frames", 2_000_000, LITTLE, FramesFuzzTest::oneFrame, bytes -> {
            MemorySegment memory = MemorySegment.ofArray(bytes);
            boolean data = isWhole(gate.data(0, memory, 0, bytes.length), bytes);
            boolean control = isWhole(gate.control(memory, 0, bytes.length), bytes);
            boolean greeting = isWhole(gate.greeting(memory, 0, bytes.length), bytes);
            assertThat(data && control).isFalse();
            return data || control || greeting;
        });
    }

    private static boolean isWhole(Frame frame, byte[] bytes) {
        if (frame == null) {
            return false;
        }
        boolean fits =
                frame.payloadBytes() == bytes.length - FrameLayout.HEADER_BYTES && frame.runId() == WORLD.runId();
        if (!fits || frame.type() == null) {
            throw new AssertionError("a frame that is not whole was let in");
        }
        return true;
    }

    @Test
    void faultsComeBackAsTheyWentOrAreNone() {
        MemorySegment room = MemorySegment.ofArray(new byte[Fault.MAX_ENCODED_BYTES]);
        Fuzz.bytes("faults", 1_000_000, WITH_TEXTS, FramesFuzzTest::fault, bytes -> {
            Fault fault = Fault.decode(MemorySegment.ofArray(bytes), 0, bytes.length);
            if (fault == null) {
                return false;
            }
            int length = fault.encode(room);
            Fault again = Fault.decode(room, 0, length);
            if (!fault.equals(again) || fault.compareTo(again) != 0) {
                throw new AssertionError(fault + " came back as " + again);
            }
            return true;
        });
    }

    /** Heartbeats, faults and farewells of a peer; afterwards all ranks would agree on something, or on nothing. */
    @Test
    void controlEndsInOneVerdictOrNone() {
        Fuzz.bytes("control streams", 500_000, WITH_TEXTS, FramesFuzzTest::stream, bytes -> {
            Control control = new Control(WORLD, frames, sender, new FrameGate(WORLD), 0);
            Lane[] lanes = new Lane[WORLD.laneCount()];
            for (int lane = 0; lane < lanes.length; lane++) {
                lanes[lane] = new Lane(
                        WORLD, lane, frames, sender, new FrameGate(WORLD), new OperationRing(), control::raise);
            }
            control.watchOver(lanes);
            control.metAll();
            frames.clear();
            split(bytes).forEach(frames::add);
            for (int beat = 1; beat <= 4; beat++) {
                control.poll(beat * WORLD.graceNs());
                control.progress(beat * WORLD.graceNs());
            }
            return control.agreement().verdict() != null;
        });
    }

    /** An operation that waits for bytes: it gets them in order, each byte once and where it belongs, or fails with one fault. */
    @Test
    void anOperationGetsItsBytesOrOneFault() {
        AtomicLong completed = new AtomicLong();
        Fuzz.bytes("data streams", 500_000, WITH_TEXTS, FramesFuzzTest::stream, bytes -> {
            byte[] room = new byte[GUARD + 140 + GUARD];
            Arrays.fill(room, UNTOUCHED);
            MemorySegment memory = MemorySegment.ofArray(room);
            List<Fault> faults = new ArrayList<>();
            Lane lane = new Lane(WORLD, 0, frames, sender, new FrameGate(WORLD), new OperationRing(), faults::add);
            Operation operation = new Operation(OpCode.ALL_TO_ALL_V, 6, 0, exchange -> {
                exchange.receive(0, exchange.room(memory, GUARD, OWED[0]));
                exchange.receive(3, exchange.room(memory, GUARD + OWED[0], OWED[3]));
            });
            frames.clear();
            split(bytes).forEach(frames::add);
            lane.submit(operation);
            for (int round = 0; round < 2 && faults.isEmpty(); round++) {
                lane.progress(0, 4);
            }
            for (int i = 0; i < GUARD; i++) {
                if (room[i] != UNTOUCHED || room[room.length - 1 - i] != UNTOUCHED) {
                    throw new AssertionError("bytes were written outside the room of the operation");
                }
            }
            if (faults.size() > 1) {
                throw new AssertionError("more than one fault: " + faults);
            }
            completed.addAndGet(operation.isDone() ? 1 : 0);
            lane.close();
            return faults.isEmpty();
        });
        assertThat(completed.get()).as("operations that got all of their bytes").isPositive();
    }

    private static byte[] oneFrame(SplittableRandom random) {
        Mutations mutations = new Mutations(random);
        return switch (random.nextInt(8)) {
            case 0 -> mutations.noise(200);
            case 1 -> good(random, 0);
            default -> mutations.damaged(good(random, 0));
        };
    }

    private static byte[] fault(SplittableRandom random) {
        MemorySegment room = MemorySegment.ofArray(new byte[Fault.MAX_ENCODED_BYTES]);
        int length = faultOf(random).encode(room);
        byte[] bytes = room.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return random.nextInt(3) == 0 ? bytes : new Mutations(random).damaged(bytes);
    }

    private static Fault faultOf(SplittableRandom random) {
        FaultKind[] kinds = FaultKind.values();
        return new Fault(
                random.nextInt(4) == 0 ? Fault.IDLE : random.nextInt(8),
                random.nextInt(-1, 4),
                kinds[random.nextInt(kinds.length)],
                random.nextInt(3),
                random.nextInt(-1, RANKS + 2),
                random.nextInt(-1, RANKS + 2),
                "all_to_all_v step=1: rank 2 sent \u00e9 ".repeat(random.nextInt(40)));
    }

    /** Some frames, each after its length in two bytes. */
    private static byte[] stream(SplittableRandom random) {
        ByteBuffer bytes = ByteBuffer.allocate(16 << 10);
        int[] sent = new int[RANKS];
        int count = random.nextInt(1, MOST_FRAMES + 1);
        boolean damages = random.nextInt(4) > 0;
        for (int i = 0; i < count; i++) {
            int source = random.nextBoolean() ? 0 : 3;
            byte[] frame = damages && random.nextInt(3) == 0 ? oneFrame(random) : next(random, source, sent);
            bytes.putShort((short) frame.length).put(frame);
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** What a peer would send next: some more of what it owes, or all, or a control frame. */
    private static byte[] next(SplittableRandom random, int source, int[] sent) {
        int left = OWED[source] - sent[source];
        if (left == 0 || random.nextInt(5) == 0) {
            return good(random, source);
        }
        int payload = random.nextBoolean() ? left : random.nextInt(1, left + 1);
        byte[] bytes = frame(FrameType.DATA, source, payload, sent[source], OWED[source]);
        sent[source] += payload;
        return bytes;
    }

    private static byte[] good(SplittableRandom random, int source) {
        FrameType[] types = FrameType.values();
        FrameType type = types[random.nextInt(types.length)];
        int payload =
                switch (type) {
                    case DATA -> random.nextInt(OWED[0] + 1);
                    case HELLO -> 32;
                    case LEAVE -> random.nextInt(4) * Long.BYTES;
                    case ABORT -> 1;
                    case HEARTBEAT, LEAVE_ACK -> 0;
                };
        if (type == FrameType.ABORT) {
            MemorySegment text = MemorySegment.ofArray(new byte[Fault.MAX_ENCODED_BYTES]);
            int length = faultOf(random).encode(text);
            byte[] bytes = frame(type, source, length, 0, 0);
            MemorySegment.ofArray(bytes).asSlice(FrameLayout.HEADER_BYTES).copyFrom(text.asSlice(0, length));
            return bytes;
        }
        return frame(type, source, payload, 0, OWED[0]);
    }

    private static byte[] frame(FrameType type, int source, int payload, int offset, int total) {
        byte[] bytes = new byte[FrameLayout.HEADER_BYTES + payload];
        new Frame()
                .wrap(MemorySegment.ofArray(bytes), 0)
                .begin(WORLD.runId(), source)
                .type(type)
                .target(OWN)
                .lane(0)
                .call(OpCode.ALL_TO_ALL_V.ordinal(), 0, 6, 0)
                .part(total, offset)
                .payloadBytes(payload);
        return bytes;
    }

    private static List<byte[]> split(byte[] stream) {
        List<byte[]> frames = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(stream);
        while (bytes.hasRemaining()) {
            byte[] frame = new byte[bytes.getShort()];
            bytes.get(frame);
            frames.add(frame);
        }
        return frames;
    }
}
