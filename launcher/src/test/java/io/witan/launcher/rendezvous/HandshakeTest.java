package io.witan.launcher.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HandshakeTest {
    private static final String NONCE = "ab".repeat(32);

    private SocketPair pair;

    @BeforeEach
    void connect() throws IOException {
        pair = SocketPair.open();
    }

    @AfterEach
    void hangUp() throws IOException {
        pair.close();
    }

    private CompletableFuture<SealedLines> launcher(Duration patience) {
        Socket end = pair.launcher();
        return SocketPair.aside(() -> Handshake.accept(end, SocketPair.KEY, patience));
    }

    private CompletableFuture<SealedLines> launcher() {
        return launcher(SocketPair.PATIENCE);
    }

    private static void assertRefused(CompletableFuture<SealedLines> end, String why) {
        assertThatThrownBy(end::get).cause().hasMessage(why);
    }

    @Test
    void thoseWhoKnowTheKeyCanTalk() throws IOException {
        CompletableFuture<SealedLines> accepted = launcher();
        SealedLines agent = Handshake.dial(pair.agent(), SocketPair.KEY, SocketPair.PATIENCE);
        SealedLines launcher = accepted.join();
        agent.send("from the agent");
        launcher.send("from the launcher, ä");
        assertThat(launcher.receive()).isEqualTo("from the agent");
        assertThat(agent.receive()).isEqualTo("from the launcher, ä");
    }

    /** The launcher proves itself first, so that an agent gives a stranger in its place nothing. */
    @Test
    void anAgentLeavesALauncherWithAnotherKey() {
        launcher();
        assertThatThrownBy(() -> Handshake.dial(pair.agent(), SocketPair.OTHER_KEY, SocketPair.PATIENCE))
                .hasMessage("does not know the run's key");
    }

    @Test
    void anAgentWithoutTheKeyIsRefused() throws IOException {
        CompletableFuture<SealedLines> accepted = launcher();
        SocketPair.say(pair.agent(), "witan-agent 1 " + NONCE);
        assertThat(SocketPair.hear(pair.agent())).matches("witan-launcher 1 [0-9a-f]{64} [0-9a-f]{64}");
        SocketPair.say(pair.agent(), NONCE);
        assertRefused(accepted, "does not know the run's key");
    }

    @Test
    void theLaunchersOwnProofIsNoneForAnAgent() throws IOException {
        CompletableFuture<SealedLines> accepted = launcher();
        SocketPair.say(pair.agent(), "witan-agent 1 " + NONCE);
        SocketPair.say(pair.agent(), SocketPair.hear(pair.agent()).split(" ")[3]);
        assertRefused(accepted, "does not know the run's key");
    }

    @Test
    void whatAnAgentOnceSaidIsNoProofLater() throws IOException {
        try (SocketPair before = SocketPair.open()) {
            CompletableFuture<SealedLines> agent =
                    SocketPair.aside(() -> Handshake.dial(before.agent(), SocketPair.KEY, SocketPair.PATIENCE));
            CompletableFuture<SealedLines> accepted = launcher();
            // In the middle of a genuine handshake: all that the agent says is recorded.
            String hello = SocketPair.hear(before.launcher());
            SocketPair.say(pair.agent(), hello);
            SocketPair.say(before.launcher(), SocketPair.hear(pair.agent()));
            String proof = SocketPair.hear(before.launcher());
            agent.join();
            SocketPair.say(pair.agent(), proof);
            assertThat(accepted.join()).as("the recording is right").isNotNull();
            pair.close();
            pair = SocketPair.open();
            CompletableFuture<SealedLines> again = launcher();
            SocketPair.say(pair.agent(), hello);
            SocketPair.hear(pair.agent());
            SocketPair.say(pair.agent(), proof);
            assertRefused(again, "does not know the run's key");
        }
    }

    @Test
    void aStrangerWhoSaysNothingIsGivenUp() {
        assertRefused(launcher(Duration.ofMillis(50)), "said nothing in time");
    }

    /** Byte after byte does not buy time. */
    @Test
    void aStrangerWhoDribblesIsGivenUp() throws IOException {
        CompletableFuture<SealedLines> accepted = launcher(Duration.ofMillis(200));
        while (!accepted.isDone()) {
            try {
                pair.agent().getOutputStream().write('w');
                Thread.sleep(20);
            } catch (IOException | InterruptedException _) {
                break;
            }
        }
        assertThat(accepted).isCompletedExceptionally();
    }

    @Test
    void aStrangerWhoHangsUpIsGivenUp() throws IOException {
        CompletableFuture<SealedLines> accepted = launcher();
        pair.agent().shutdownOutput();
        assertRefused(accepted, "hung up");
    }

    @Test
    void halfALineIsNoLine() throws IOException {
        CompletableFuture<SealedLines> accepted = launcher();
        pair.agent().getOutputStream().write("witan-agent".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        pair.agent().shutdownOutput();
        assertRefused(accepted, "a line was cut off");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1", "", "witan-agent 1 ABCD", "witan-agent 2 " + "00", "\u0000\u0001", "{}"})
    void otherWordsAreRefused(String words) throws IOException {
        CompletableFuture<SealedLines> accepted = launcher();
        SocketPair.say(pair.agent(), words);
        assertRefused(accepted, "does not speak as Witan does");
    }

    @Test
    void aLineWithoutEndIsRefused() throws IOException {
        CompletableFuture<SealedLines> accepted = launcher();
        SocketPair.say(pair.agent(), "witan-agent 1 " + "0".repeat(5000));
        assertRefused(accepted, "a line is longer than 200 bytes");
    }
}
