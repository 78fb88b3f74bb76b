package io.witan.launcher.rendezvous;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import javax.crypto.Mac;
import org.junit.jupiter.api.Test;

/** Whoever reaches the port sends anything: it is not let in, and of what a friend sent only whole lines are taken, in their order. */
final class SealedLinesFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(256 << 10, 64);
    private static final String[] FRAGMENTS = {
        "\n", " ", "0 ", "1 ", "witan-agent 1 ", "witan-launcher 1 ", "0123456789abcdef".repeat(4), "\ud83d\ude00"
    };
    private static final byte[] SALT = {1, 2, 3};
    private static final String[] SENT = {"one", "two words {\"x\":1}", "", "three"};

    @Test
    void onlyWholeLinesOfAFriendAreTaken() {
        byte[] good = stream();
        Fuzz.bytes("sealed lines", 300_000, LIMIT, random -> damaged(random, good), bytes -> {
            ReplayedSocket socket = new ReplayedSocket(bytes);
            int taken = 0;
            try {
                SealedLines lines = new SealedLines(socket, new SocketLines(socket), mac("b"), mac("a"));
                String[] expected = {SENT[0], SENT[1], SENT[3]};
                for (String line = lines.receive(); line != null; line = lines.receive()) {
                    if (taken == expected.length || !line.equals(expected[taken])) {
                        throw new AssertionError("line " + taken + " was " + line);
                    }
                    taken++;
                }
            } catch (IOException broken) {
                requireOneLine(broken);
            }
            return taken > 0;
        });
    }

    /** Nobody who does not know the key is let in, whatever it says. */
    @Test
    void noStrangerIsLetIn() {
        byte[] good = ("witan-agent 1 " + "ab".repeat(32) + "\n" + "cd".repeat(32) + "\n")
                .getBytes(StandardCharsets.US_ASCII);
        Fuzz.bytes("handshakes", 100_000, LIMIT, random -> damaged(random, good), bytes -> {
            try {
                Handshake.accept(new ReplayedSocket(bytes), SocketPair.KEY, SocketPair.PATIENCE);
                throw new AssertionError("a stranger was let in");
            } catch (IOException refused) {
                requireOneLine(refused);
                return refused.getMessage().equals("does not know the run's key");
            }
        });
    }

    private static void requireOneLine(IOException refused) {
        if (refused.getMessage() == null
                || refused.getMessage().contains("\n")
                || refused.getMessage().length() > 200) {
            throw new AssertionError("refused with: " + refused.getMessage());
        }
    }

    private static byte[] damaged(SplittableRandom random, byte[] good) {
        return random.nextInt(8) == 0 ? good : new Mutations(random, FRAGMENTS).damaged(good);
    }

    /** What a friend sends, with its farewell. */
    private static byte[] stream() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        Socket socket = new ReplayedSocket(new byte[0]) {
            @Override
            public OutputStream getOutputStream() {
                return sent;
            }
        };
        try {
            SealedLines lines = new SealedLines(socket, new SocketLines(socket), mac("a"), mac("b"));
            for (String line : SENT) {
                lines.send(line);
            }
            lines.farewell();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sent.toByteArray();
    }

    private static Mac mac(String direction) {
        return SocketPair.KEY.session(SALT, direction);
    }
}
