package io.witan.launcher.rendezvous;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Two ends of a TCP connection over the loopback. */
record SocketPair(Socket agent, Socket launcher) implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final RunKey KEY = key("k");
    static final RunKey OTHER_KEY = key("o");

    static SocketPair open() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Socket agent = new Socket(server.getInetAddress(), server.getLocalPort());
            return new SocketPair(agent, server.accept());
        }
    }

    private static RunKey key(String letter) {
        return RunKey.of(Map.of(RunKey.VARIABLE, letter.repeat(64)));
    }

    static void say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    static String hear(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = socket.getInputStream().read();
                b != '\n' && b >= 0;
                b = socket.getInputStream().read()) {
            line.append((char) b);
        }
        return line.toString();
    }

    /** Runs it on a thread of its own. */
    static <T> CompletableFuture<T> aside(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    @Override
    public void close() throws IOException {
        agent.close();
        launcher.close();
    }
}
