package io.witan.launcher.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.agent.AgentLoop;
import io.witan.launcher.exit.LaunchException;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

final class WirePropertyTest {
    @Property(tries = 200)
    void eventsComeBackAsTheyWent(@ForAll int rank, @ForAll String text, @ForAll List<String> lines) {
        List<AgentEvent> events = List.of(
                new AgentEvent.Started(rank, 2, 7, text),
                new AgentEvent.Output(rank, Channel.ERR, text),
                new AgentEvent.Lost(rank, 1, 8, text),
                new AgentEvent.Exited(rank, 1, 3),
                new AgentEvent.Drained(rank, 1, 3, lines),
                new AgentEvent.Finished(),
                new AgentEvent.Failed(4, text),
                new AgentEvent.Note(text));
        for (AgentEvent event : events) {
            String line = Wire.encode(event);
            assertThat(line).doesNotContain("\n", "\r");
            assertThat(Wire.decode(line, AgentEvent.class)).isEqualTo(event);
        }
    }

    @Property(tries = 200)
    void jobsComeBackAsTheyWent(@ForAll String text, @ForAll long number) {
        RunSpec run = new RunSpec(
                "00ff",
                List.of(2, 1),
                List.of("a:1", "b:2", "c:3"),
                text,
                "1f",
                new RunSpec.Processes(3, Binding.CORE, "1g", number),
                new RunSpec.Output(text, text, 9090, text, text, text),
                "",
                new RunSpec.Attempts(1, 3, number, 2));
        RankJob rank = new RankJob(run, text, 2, 4, number, text, text);
        assertThat(Wire.decode(Wire.encode(rank), RankJob.class)).isEqualTo(rank);
        NodeJob node = new NodeJob(run, 1, text);
        assertThat(Wire.decode(Wire.encode(node), NodeJob.class)).isEqualTo(node);
        AgentLoop.GoOn order = new AgentLoop.GoOn(node, Set.of(2, 5));
        assertThat(Wire.decode(Wire.encode(order), AgentLoop.GoOn.class)).isEqualTo(order);
        assertThat(node.firstRank()).isEqualTo(2);
        assertThat(node.ranks()).isEqualTo(1);
    }

    @Property(tries = 500)
    void anyTextIsDecodedOrRefused(@ForAll String text) {
        try {
            assertThat(Wire.decode(text, AgentEvent.class)).isNotNull();
        } catch (LaunchException e) {
            assertThat(e).hasMessageContaining("not a AgentEvent message");
        }
    }

    @Property(tries = 500)
    void progressNeverFails(@ForAll String text) {
        assertThat(ProgressLine.decode(text).text()).isNotNull();
    }

    @Property(tries = 200)
    void channelsComeBack(@ForAll Channel channel, @ForAll String text) {
        String line = channel.encode(text);
        if (channel != Channel.OUT) {
            assertThat(Channel.of(line)).isEqualTo(channel);
            assertThat(channel.decode(line)).isEqualTo(text);
        }
    }

    @Example
    void progressComesBack() {
        ProgressLine line = new ProgressLine(3, 40, "step 3/40 loss 1.2");
        assertThat(ProgressLine.decode(line.encode())).isEqualTo(line);
        ProgressLine table =
                new ProgressLine(3, 40, "step 3/40", List.of("balance: even", "layer  imbalance", "", "    0"));
        assertThat(table.encode()).doesNotContain("\n");
        assertThat(ProgressLine.decode(table.encode())).isEqualTo(table);
        assertThat(ProgressLine.decode("99999999999999999999/1 x").step()).isZero();
        assertThatThrownBy(() -> Wire.decode("{}", NodeJob.class)).isInstanceOf(LaunchException.class);
    }
}
