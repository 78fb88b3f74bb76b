package io.witan.launcher.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.cluster.NodeSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RemoteAgentTest {
    private static List<String> line(List<String> command) {
        NodeSpec node = new NodeSpec("b", "h", 1, command, "");
        List<String> line = RemoteAgent.commandLine(node, List.of("/a b/it's/bin/witan", "agent"));
        return line.getFirst().equals("setsid") ? line.subList(1, line.size()) : line;
    }

    @Test
    void wordsAreQuotedForTheShellThatSshStarts() {
        assertThat(line(List.of("/usr/bin/ssh", "h")))
                .containsExactly("/usr/bin/ssh", "h", "'/a b/it'\\''s/bin/witan'", "'agent'");
    }

    @Test
    void otherCommandsGetTheWordsAsTheyAre() {
        assertThat(line(List.of("ip", "netns", "exec", "x")))
                .containsExactly("ip", "netns", "exec", "x", "/a b/it's/bin/witan", "agent");
    }
}
