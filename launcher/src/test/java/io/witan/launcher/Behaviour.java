package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.StepMetrics.Bytes;
import io.witan.runtime.metrics.ValidationMetrics;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What a rank of {@link TestLauncher} does; the recipe's name is the behaviour's. */
enum Behaviour implements RankProgram {
    /** All that a good run shows and writes. */
    REPORT {
        @Override
        public int run(RankContext context) throws Exception {
            RankConsole console = context.console();
            console.line("rank " + context.rank() + " of " + context.topology().rankCount() + ", " + context.threads()
                    + " threads");
            System.err.println("to stderr");
            if (context.rank() == 0) {
                try (MetricsLog metrics = MetricsLog.resume(context.metricsFile(), 0)) {
                    for (int step = 1; step <= 40; step++) {
                        metrics.append(new StepMetrics(
                                step, 5.0 / step, 1, 1e-3, 1, 1, 1, Bytes.NONE, false, StepMetrics.noExtra()));
                        console.progress(step, 40, "step " + step + "/40");
                    }
                    metrics.append(new ValidationMetrics(40, 0.5, 0.5));
                    metrics.append(new LoadMetrics(40, 2, new long[][] {{3, 1}, {2, 2}}));
                }
                console.summary("sample: twice two is four");
            }
            return 0;
        }
    },
    /** Waits to be stopped, then says that it saved. */
    WAIT {
        @Override
        public int run(RankContext context) {
            waitForStop(context);
            context.console().line("saved");
            return 0;
        }
    },
    /** Never ends, whatever it is asked. */
    STUBBORN {
        @Override
        public int run(RankContext context) {
            context.console().line("up");
            hang();
            return 0;
        }
    },
    /** Rank 1 exits with 57 once the others are up; they wait to be stopped. */
    FAIL_ONE {
        @Override
        public int run(RankContext context) throws Exception {
            if (context.rank() != 1) {
                Files.createFile(context.outputFolder().resolve("up-" + context.rank()));
                return WAIT.run(context);
            }
            for (int rank = 0; rank < context.topology().rankCount(); rank++) {
                while (rank != 1 && !Files.exists(context.outputFolder().resolve("up-" + rank))) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                }
            }
            context.console().line("the reason is on this line");
            return 57;
        }
    },
    /** Rank 1 exits with 57; the others never end. */
    FAIL_ONE_STUBBORN {
        @Override
        public int run(RankContext context) throws Exception {
            return context.rank() == 1 ? 57 : STUBBORN.run(context);
        }
    },
    /** A mistake of the user's. */
    USER_ERROR {
        @Override
        public int run(RankContext context) {
            throw new LaunchException(ExitCode.DATA, "train.jsonl:17: not a JSON object");
        }
    },
    /** A mistake of ours. */
    INTERNAL {
        @Override
        public int run(RankContext context) {
            throw new IllegalStateException("the plan is odd");
        }
    },
    /** More heap than there is. */
    EXHAUST {
        @Override
        public int run(RankContext context) {
            List<byte[]> all = new ArrayList<>();
            while (!context.stopRequested()) {
                all.add(new byte[1 << 20]);
            }
            return all.size();
        }
    },
    /** Many lines in pieces, from all ranks at once. */
    CHATTY {
        @Override
        public int run(RankContext context) {
            for (int i = 0; i < 3000; i++) {
                System.out.print("rank " + context.rank() + " line ");
                System.out.println(i + " " + "x".repeat(i % 200) + " end");
            }
            return 0;
        }
    },
    /** Talks until it is stopped. */
    CHATTER_ON {
        @Override
        public int run(RankContext context) {
            while (!context.stopRequested()) {
                context.console().line("still here");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
            return 0;
        }
    },
    /** Starts a process of its own and never ends. */
    PARENT {
        @Override
        public int run(RankContext context) throws IOException {
            Process child = new ProcessBuilder("sleep", "1000").start();
            context.console().line("child " + child.pid());
            hang();
            return 0;
        }
    },
    /** Trains for long, in name; is given up when a rank was lost, and is soon done then. */
    LONG {
        @Override
        public int run(RankContext context) throws IOException {
            return trainLong(context);
        }
    },
    /** The same, but its spares fail. */
    LONG_WITH_BAD_SPARES {
        @Override
        public int run(RankContext context) throws IOException {
            return trainLong(context);
        }

        @Override
        public void warmUp(RankContext context) {
            throw new LaunchException(ExitCode.DATA, "nothing to get warm with");
        }
    },
    /** The same, but its spares get warm only if they are given up. */
    LONG_WITH_SLOW_SPARES {
        @Override
        public int run(RankContext context) throws IOException {
            return trainLong(context);
        }

        @Override
        public void warmUp(RankContext context) {
            while (!context.givenUp()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    },
    /** Each rank sends its number to all others by UDP and waits for theirs; the sum is checked. */
    EXCHANGE {
        @Override
        public int run(RankContext context) throws IOException {
            int sum = exchange(context);
            context.console().line("sum " + sum);
            return sum == 1 ? 0 : ExitCode.WRONG_RESULT.code();
        }
    };

    static Behaviour of(RankContext context) throws IOException {
        String name = Files.readString(context.configFile()).lines().findFirst().orElseThrow();
        return valueOf(name.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
    }

    private static int trainLong(RankContext context) throws IOException {
        String cores = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElseThrow();
        context.console()
                .line((context.isRestart() ? "again" : "up") + " in "
                        + ProcessHandle.current().pid() + " on cores " + cores);
        context.steady();
        while (!context.stopRequested() && !context.isRestart()) {
            if (context.givenUp()) {
                throw new LaunchException(ExitCode.PEER_LOST, "given up");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return 0;
    }

    private static void waitForStop(RankContext context) {
        context.console().line("up");
        while (!context.stopRequested()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private static void hang() {
        while (true) {
            LockSupport.park();
        }
    }

    private static InetSocketAddress endpoint(RankContext context, int rank) {
        String text = context.endpoints().get(rank);
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    /** Two ranks: each repeats its number until it has heard the other's, and a little longer for the other's sake. */
    private static int exchange(RankContext context) throws IOException {
        byte[] mine = Integer.toString(context.rank()).getBytes(StandardCharsets.US_ASCII);
        InetSocketAddress other = endpoint(context, 1 - context.rank());
        try (DatagramSocket socket = new DatagramSocket(endpoint(context, context.rank()))) {
            socket.setSoTimeout(50);
            int heard = -1;
            for (int tries = 0, after = 0; tries < 400 && after < 5; tries++) {
                socket.send(new DatagramPacket(mine, mine.length, other));
                DatagramPacket packet = new DatagramPacket(new byte[16], 16);
                try {
                    socket.receive(packet);
                    heard = Integer.parseInt(
                            new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII));
                } catch (java.net.SocketTimeoutException _) {
                    // Not there yet, or gone already.
                }
                after += heard >= 0 ? 1 : 0;
            }
            return context.rank() + heard;
        }
    }
}
