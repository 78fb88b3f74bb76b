package io.witan.launcher.rendezvous;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How two ends of a new connection convince each other that they know the run's key, without saying it:
 *
 * <pre>
 * agent:    witan-agent 1 NONCE_A
 * launcher: witan-launcher 1 NONCE_L PROOF      PROOF = HMAC(key, "launcher NONCE_A NONCE_L")
 * agent:    PROOF                               PROOF = HMAC(key, "agent NONCE_A NONCE_L")
 * </pre>
 *
 * Nonces have 256 random bits, so nothing that was recorded is of use later. The labels differ, so that no end can be
 * answered with its own words.
 */
final class Handshake {
    /** Longer than any line above. */
    private static final int MAX_LINE_BYTES = 200;

    private static final String AGENT = "witan-agent 1 ";
    private static final String LAUNCHER = "witan-launcher 1 ";
    private static final String HEX = "([0-9a-f]{64})";
    private static final Pattern GREETING = Pattern.compile(AGENT + HEX);
    private static final Pattern ANSWER = Pattern.compile(LAUNCHER + HEX + " " + HEX);
    private static final Pattern PROOF = Pattern.compile(HEX);
    private static final String NO_KEY = "does not know the run's key";
    private static final HexFormat TEXT = HexFormat.of();

    private final Socket socket;
    private final SocketLines lines;
    private final RunKey key;
    private final long deadlineNs;

    private Handshake(Socket socket, RunKey key, Duration patience) throws IOException {
        this.socket = socket;
        this.key = key;
        this.lines = new SocketLines(socket);
        this.deadlineNs = System.nanoTime() + patience.toNanos();
    }

    /**
     * The launcher's side.
     *
     * @throws IOException with a message that goes on from the other end's name: {@code does not know the run's key}
     */
    static SealedLines accept(Socket socket, RunKey key, Duration patience) throws IOException {
        Handshake shake = new Handshake(socket, key, patience);
        String mine = nonce();
        String nonces = shake.next(GREETING).group(1) + " " + mine;
        shake.say(LAUNCHER + mine + " " + TEXT.formatHex(key.proof("launcher " + nonces)));
        shake.check("agent " + nonces, shake.next(PROOF).group(1));
        return shake.sealed(nonces, "to agent", "to launcher");
    }

    /** The agent's side, with errors as in {@link #accept}. */
    static SealedLines dial(Socket socket, RunKey key, Duration patience) throws IOException {
        Handshake shake = new Handshake(socket, key, patience);
        String mine = nonce();
        shake.say(AGENT + mine);
        Matcher answer = shake.next(ANSWER);
        String nonces = mine + " " + answer.group(1);
        shake.check("launcher " + nonces, answer.group(2));
        shake.say(TEXT.formatHex(key.proof("agent " + nonces)));
        return shake.sealed(nonces, "to launcher", "to agent");
    }

    private static String nonce() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return TEXT.formatHex(bytes);
    }

    private void say(String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private Matcher next(Pattern form) throws IOException {
        String line;
        try {
            line = lines.read(MAX_LINE_BYTES, Duration.ofNanos(deadlineNs - System.nanoTime()));
        } catch (SocketTimeoutException e) {
            throw timeout(e);
        }
        if (line == null) {
            throw new ProtocolException("hung up");
        }
        Matcher matcher = form.matcher(line);
        if (!matcher.matches()) {
            throw new ProtocolException("does not speak as Witan does");
        }
        return matcher;
    }

    private static IOException timeout(SocketTimeoutException cause) {
        ProtocolException silent = new ProtocolException("said nothing in time");
        silent.initCause(cause);
        return silent;
    }

    private void check(String text, String proof) throws ProtocolException {
        if (!MessageDigest.isEqual(key.proof(text), TEXT.parseHex(proof))) {
            throw new ProtocolException(NO_KEY);
        }
    }

    private SealedLines sealed(String nonces, String out, String in) throws IOException {
        byte[] salt = nonces.getBytes(StandardCharsets.US_ASCII);
        return new SealedLines(socket, lines, key.session(salt, out), key.session(salt, in));
    }
}
