package io.witan.launcher.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import io.witan.launcher.agent.AgentLoop;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.process.LinePump;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Lines between launcher, agents and ranks that another version, or a broken pipe, has damaged. */
final class WireFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(256 << 10, 200);
    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "-1",
        "1.5",
        "2147483648",
        "9223372036854775808",
        "\"event\":\"exited\"",
        "\"rank\"",
        "\\u0000",
        "\\ud800",
        "true",
        "{\"a\":"
    };
    private static final RunSpec RUN = new RunSpec(
            "00ff",
            List.of(2, 1),
            List.of("a:1", "b:2", "c:3"),
            "model: {}",
            "1f",
            new RunSpec.Processes(3, Binding.CORE, "1g", 7),
            new RunSpec.Output("out", "m", 9090, "t", "s", "b"),
            "",
            new RunSpec.Attempts(1, 3, 5, 1));

    @Test
    void eventsAreReadOrRefused() {
        List<AgentEvent> events = List.of(
                new AgentEvent.Started(1, 0, 7, "log"),
                new AgentEvent.Output(0, Channel.ERR, "text"),
                new AgentEvent.Lost(1, 1, 8, "rank 2 is lost"),
                new AgentEvent.Exited(1, 1, 3),
                new AgentEvent.Drained(1, 1, 3, List.of("a", "b")),
                new AgentEvent.Finished(),
                new AgentEvent.Failed(4, "why"),
                new AgentEvent.Note("note"));
        Fuzz.texts(
                "agents' events",
                500_000,
                LIMIT,
                random -> damaged(random, Wire.encode(events.get(random.nextInt(events.size())))),
                line -> roundTrips(line, AgentEvent.class));
    }

    @Test
    void jobsAreReadOrRefused() {
        List<Object> jobs = List.of(
                new RankJob(RUN, "n", 2, 4, 9, "dir", "log"),
                new NodeJob(RUN, 1, "n"),
                new AgentLoop.GoOn(new NodeJob(RUN, 1, "n"), Set.of(2, 5)));
        Fuzz.texts(
                "jobs",
                200_000,
                LIMIT,
                random -> damaged(random, Wire.encode(jobs.get(random.nextInt(jobs.size())))),
                line -> roundTrips(line, RankJob.class)
                        | roundTrips(line, NodeJob.class)
                        | roundTrips(line, AgentLoop.GoOn.class));
    }

    private static String damaged(SplittableRandom random, String line) {
        return random.nextInt(6) == 0 ? line : new Mutations(random, FRAGMENTS).damaged(line);
    }

    private static boolean roundTrips(String line, Class<?> type) {
        Object message;
        try {
            message = Wire.decode(line, type);
        } catch (LaunchException refusal) {
            boolean named = refusal.getMessage().startsWith("not a " + type.getSimpleName() + " message");
            if (!named
                    || refusal.code() != ExitCode.INTERNAL
                    || refusal.getMessage().length() > 400) {
                throw new AssertionError("refused with: " + refusal.getMessage());
            }
            return false;
        }
        if (!Wire.decode(Wire.encode(message), type).equals(message)) {
            throw new AssertionError(message + " does not come back");
        }
        return true;
    }

    @Test
    void progressNeverFails() {
        String good = new ProgressLine(3, 40, "step 3/40 loss 1.2", List.of("even", "row")).encode();
        Fuzz.texts("progress lines", 300_000, LIMIT, random -> damaged(random, good), line -> {
            ProgressLine read = ProgressLine.decode(line);
            if (read.steps() > 0 && !ProgressLine.decode(read.encode()).equals(read)) {
                throw new AssertionError(read + " does not come back");
            }
            return read.steps() > 0;
        });
    }

    /** A rank's output is any bytes: they come out as lines of bounded length, none lost. */
    @Test
    void outputIsCutIntoLinesOfBoundedLength() {
        int longest = 16;
        Fuzz.bytes(
                "output",
                300_000,
                LIMIT,
                random -> new Mutations(random, "\n", "\r\n", "\r", "é", "x")
                        .damaged("one\ntwo\r\nthree".getBytes(StandardCharsets.UTF_8)),
                bytes -> {
                    int[] kept = new int[2];
                    new LinePump(
                                    new ByteArrayInputStream(bytes),
                                    line -> {
                                        kept[0]++;
                                        kept[1] += line.length();
                                        if (line.length() > longest) {
                                            throw new AssertionError("a line of " + line.length());
                                        }
                                    },
                                    longest)
                            .run();
                    assertThat(kept[1]).isLessThanOrEqualTo(bytes.length);
                    return kept[0] > 2;
                });
    }
}
