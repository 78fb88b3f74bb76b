package io.witan.launcher.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.ProgressLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JsonLinesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NOW = "2026-01-31T14:25:01.250Z";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal = new Terminal(
            out,
            err,
            new TerminalStyle(false, false, 20),
            new JsonLines(InstantSource.fixed(Instant.parse(NOW).plusNanos(999))));

    private static List<JsonNode> objects(ByteArrayOutputStream stream) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        for (String line : stream.toString(StandardCharsets.UTF_8).lines().toList()) {
            objects.add(JSON.readTree(line));
        }
        return objects;
    }

    private static JsonNode object(String json) throws IOException {
        return JSON.readTree(json.replace('\'', '"'));
    }

    @Test
    void linesOfRanksSayWhoWroteThem() throws IOException {
        terminal.rankLine("n1", 3, Channel.OUT, "a \"quoted\" word, a\ttab and ü");
        terminal.rankLine("n1", 3, Channel.ERR, "trouble");
        assertThat(objects(out)).singleElement().satisfies(line -> {
            assertThat(line.get("message").asText()).isEqualTo("a \"quoted\" word, a\ttab and ü");
            assertThat(line.get("rank").asInt()).isEqualTo(3);
        });
        assertThat(objects(err))
                .containsExactly(object("{'time':'" + NOW
                        + "','level':'error','event':'output','node':'n1','rank':3,'message':'trouble'}"));
    }

    @Test
    void progressIsAnEventWithItsStepEveryFewSteps() throws IOException {
        for (int step = 1; step <= 100; step++) {
            terminal.rankLine(
                    "n",
                    0,
                    Channel.PROGRESS,
                    new ProgressLine(step, 100, "step " + step, List.of("even", "row")).encode());
        }
        List<JsonNode> lines = objects(out);
        assertThat(lines).hasSize(21 + 6);
        assertThat(lines.getFirst())
                .isEqualTo(
                        object(
                                "{'time':'" + NOW
                                        + "','level':'info','event':'progress','node':'n','rank':0,'step':1,'steps':100,'message':'step 1'}"));
        assertThat(lines.get(1))
                .isEqualTo(
                        object(
                                "{'time':'" + NOW
                                        + "','level':'info','event':'balance','node':'n','rank':0,'step':1,'steps':100,'message':'even'}"));
    }

    @Test
    void theLauncherAndTheSummaryHaveEventsOfTheirOwn() throws IOException {
        terminal.note("begun");
        terminal.summary("output: x");
        terminal.finish();
        terminal.error("witan: no");
        assertThat(objects(out))
                .extracting(line ->
                        line.get("event").asText() + " " + line.get("message").asText())
                .containsExactly("launcher begun", "summary output: x");
        assertThat(objects(err)).singleElement().satisfies(line -> {
            assertThat(line.get("level").asText()).isEqualTo("error");
            assertThat(line.has("rank")).isFalse();
        });
    }
}
