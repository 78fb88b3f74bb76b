package io.witan.runtime.vault;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Damaged headers of vaults, many with a checksum that fits: refused in one line, or read and written again without loss. */
class VaultLayoutFuzzTest {
    private static final Path FILE = Path.of("rank-0003.state");
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(16 << 10, 40);
    private static final int CHECKSUM_AT = 16;
    private static final int LENGTH_AT = 20;

    @Test
    void damagedHeadersAreRefusedOrRoundTrip() {
        Fuzz.bytes("vault headers", 1_000_000, LIMIT, VaultLayoutFuzzTest::input, bytes -> {
            VaultLayout layout;
            try {
                layout = VaultLayout.decode(FILE, ByteBuffer.wrap(bytes));
            } catch (VaultException refusal) {
                String text = refusal.getMessage();
                if (!text.startsWith("rank-0003.state: ") || text.contains("\n") || text.length() > 1000) {
                    throw new AssertionError("refused with: " + text);
                }
                return false;
            }
            if (layout.totalBytes() <= 0
                    || !VaultLayout.decode(FILE, layout.encode()).equals(layout)) {
                throw new AssertionError(layout + " does not come back");
            }
            return true;
        });
    }

    private static byte[] input(SplittableRandom random) {
        List<ExpertVault.Entry> entries = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            entries.add(new ExpertVault.Entry("expert.00" + i + ".p", random.nextLong(1 << 20)));
        }
        ByteBuffer header = new VaultLayout(3, entries, random.nextLong(1 << 20), random.nextLong(1 << 20)).encode();
        byte[] bytes = new byte[header.remaining() + random.nextInt(16)];
        header.get(bytes, 0, header.remaining());
        if (random.nextInt(10) == 0) {
            return bytes;
        }
        byte[] damaged = new Mutations(random).damaged(bytes);
        return random.nextInt(3) == 0 ? damaged : sealed(damaged);
    }

    /** With the checksum put right, so that the fields are read. */
    private static byte[] sealed(byte[] bytes) {
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < LENGTH_AT + Integer.BYTES) {
            return bytes;
        }
        int length = header.getInt(LENGTH_AT);
        if (length >= 0 && length <= bytes.length) {
            header.putInt(CHECKSUM_AT, 0);
            byte[] covered = new byte[length];
            header.get(0, covered);
            header.putInt(CHECKSUM_AT, (int) Checksums.of(covered));
        }
        return bytes;
    }
}
