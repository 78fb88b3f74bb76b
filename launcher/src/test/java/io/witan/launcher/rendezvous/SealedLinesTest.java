package io.witan.launcher.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody in the middle: what one end sends arrives at the other as the test wants it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SealedLinesTest {
    private static final byte[] SALT = {1, 2, 3};

    private SocketPair sending;
    private SocketPair receiving;
    private SealedLines sender;
    private SealedLines receiver;

    @BeforeEach
    void connect() throws IOException {
        sending = SocketPair.open();
        receiving = SocketPair.open();
        sender = lines(sending.agent(), mac("a"), mac("b"));
        receiver = lines(receiving.launcher(), mac("b"), mac("a"));
    }

    @AfterEach
    void hangUp() throws IOException {
        sending.close();
        receiving.close();
    }

    private static Mac mac(String direction) {
        return SocketPair.KEY.session(SALT, direction);
    }

    private static SealedLines lines(Socket socket, Mac out, Mac in) throws IOException {
        return new SealedLines(socket, new SocketLines(socket), out, in);
    }

    /** Sends a line, changed on its way. */
    private String pass(String text, UnaryOperator<String> change) throws IOException {
        sender.send(text);
        String line = SocketPair.hear(sending.launcher());
        SocketPair.say(receiving.agent(), change.apply(line));
        return line;
    }

    private void assertBroken(String why) {
        assertThatThrownBy(() -> receiver.receive())
                .isInstanceOf(IOException.class)
                .hasMessage(why);
    }

    @Test
    void linesArriveInOrder() throws IOException {
        pass("one", line -> line);
        pass("two words {\"x\":1}", line -> line);
        assertThat(receiver.receive()).isEqualTo("one");
        assertThat(receiver.receive()).isEqualTo("two words {\"x\":1}");
    }

    @Test
    void aLineThatIsRepeatedEndsTheConnection() throws IOException {
        String line = pass("stop", same -> same);
        SocketPair.say(receiving.agent(), line);
        assertThat(receiver.receive()).isEqualTo("stop");
        assertBroken("line 1 is not what was sent");
    }

    @Test
    void aRepeatedLineWithTheRightNumberEndsItToo() throws IOException {
        String line = pass("stop", same -> same);
        assertThat(receiver.receive()).isEqualTo("stop");
        SocketPair.say(receiving.agent(), "1" + line.substring(1));
        assertBroken("line 1 is not what was sent");
    }

    @Test
    void aLineThatIsLeftOutEndsTheConnection() throws IOException {
        sender.send("never arrives");
        SocketPair.hear(sending.launcher());
        pass("stop", line -> line);
        assertBroken("line 0 is not what was sent");
    }

    @Test
    void aLineThatIsChangedEndsTheConnection() throws IOException {
        pass("stop", line -> line.replace("stop", "kill"));
        assertBroken("line 0 is not what was sent");
    }

    @Test
    void aLineWithoutMacEndsTheConnection() throws IOException {
        SocketPair.say(receiving.agent(), "stop");
        assertBroken("a line has no MAC");
    }

    /** What one end sent comes back to it. */
    @Test
    void ownWordsAreNotAnswers() throws IOException {
        String line = pass("stop", same -> same);
        SocketPair.say(sending.launcher(), line);
        assertThatThrownBy(() -> sender.receive()).hasMessage("line 0 is not what was sent");
    }

    @Test
    void aLineThatIsCutOffIsNotRead() throws IOException {
        sender.send("stop");
        String line = SocketPair.hear(sending.launcher());
        receiving.agent().getOutputStream().write(line.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        receiving.agent().shutdownOutput();
        assertBroken("a line was cut off");
    }

    @Test
    void theEndWithoutFarewellIsLoss() throws IOException {
        receiving.agent().close();
        assertBroken("the connection ended");
    }

    @Test
    void theEndAfterAFarewellIsNone() throws IOException {
        sender.farewell();
        SocketPair.say(receiving.agent(), SocketPair.hear(sending.launcher()));
        assertThat(receiver.receive()).isNull();
        assertThat(receiver.isFarewell()).isTrue();
    }

    @Test
    void silenceIsLossAndASignOfLifeIsNoMessage() throws IOException {
        sender.keepAlive();
        SocketPair.say(receiving.agent(), SocketPair.hear(sending.launcher()));
        assertThatThrownBy(() -> receiver.receive(Duration.ofMillis(1500)))
                .isInstanceOf(IOException.class)
                .hasMessage("nothing was heard for 1 s");
    }

    @Test
    void aLineBeyondTheBoundIsNotKept() throws IOException {
        byte[] part = "x".repeat(1 << 16).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i <= SealedLines.MAX_LINE_BYTES / part.length; i++) {
                    receiving.agent().getOutputStream().write(part);
                }
            } catch (IOException _) {
                // The other end has enough.
            }
        });
        assertBroken("a line is longer than " + SealedLines.MAX_LINE_BYTES + " bytes");
    }

    @Test
    void aMessageIsOneLine() {
        assertThatThrownBy(() -> sender.send("a\nb")).isInstanceOf(IllegalArgumentException.class);
    }
}
