package io.witan.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Small damage to bytes, most of it near the front, where lengths and counts are. */
public final class Mutations {
    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        Byte.MAX_VALUE,
        Short.MAX_VALUE,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        1L << 31,
        1L << 32
    };
    private static final int MOST_INSERTED = 20;

    private final SplittableRandom random;
    private final byte[][] fragments;

    /** @param fragments what the format is made of; may be none */
    public Mutations(SplittableRandom random, String... fragments) {
        this.random = random;
        this.fragments = Arrays.stream(fragments)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    /** One to four changes. */
    public byte[] damaged(byte[] good) {
        byte[] bytes = good;
        for (int change = random.nextInt(4); change >= 0; change--) {
            bytes = once(bytes);
        }
        return bytes;
    }

    /** As {@link #damaged(byte[])}, in UTF-8; what is none any more is replaced. */
    public String damaged(String good) {
        return new String(damaged(good.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    /** Any bytes, up to so many. */
    public byte[] noise(int mostBytes) {
        byte[] bytes = new byte[random.nextInt(mostBytes + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] once(byte[] bytes) {
        int at = place(bytes.length);
        return switch (random.nextInt(fragments.length > 0 ? 8 : 6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> spliced(bytes, bytes.length, 0, noise(MOST_INSERTED));
            case 2 -> withBit(bytes, at);
            case 3 -> withNumber(bytes, at);
            case 4 -> spliced(bytes, at, Math.min(random.nextInt(MOST_INSERTED), bytes.length - at), new byte[0]);
            case 5 -> spliced(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + random.nextInt(bytes.length - at + 1)));
            case 6 -> spliced(bytes, at, 0, fragments[random.nextInt(fragments.length)]);
            default -> over(bytes, at, fragments[random.nextInt(fragments.length)]);
        };
    }

    private int place(int length) {
        int bound = random.nextBoolean() ? length : Math.min(length, 1 << random.nextInt(1, 9));
        return random.nextInt(bound + 1);
    }

    private byte[] withBit(byte[] bytes, int at) {
        byte[] changed = bytes.clone();
        if (at < changed.length) {
            changed[at] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    /** A whole number of one to eight bytes at the limits of something. */
    private byte[] withNumber(byte[] bytes, int at) {
        byte[] number = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(EXTREMES[random.nextInt(EXTREMES.length)])
                .array();
        return over(bytes, at & -(1 << random.nextInt(4)), Arrays.copyOf(number, 1 << random.nextInt(4)));
    }

    private static byte[] over(byte[] bytes, int at, byte[] piece) {
        byte[] changed = bytes.clone();
        System.arraycopy(piece, 0, changed, at, Math.min(piece.length, changed.length - at));
        return changed;
    }

    private static byte[] spliced(byte[] bytes, int at, int removed, byte[] piece) {
        byte[] changed = new byte[bytes.length - removed + piece.length];
        System.arraycopy(bytes, 0, changed, 0, at);
        System.arraycopy(piece, 0, changed, at, piece.length);
        System.arraycopy(bytes, at + removed, changed, at + piece.length, bytes.length - at - removed);
        return changed;
    }
}
