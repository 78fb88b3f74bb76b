package io.witan.launcher.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.agent.Channel;
import io.witan.launcher.agent.ProgressLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class TerminalTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Terminal terminal(boolean live, int columns) {
        return new Terminal(out, err, new TerminalStyle(live, false, columns));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void progress(Terminal terminal, long step) {
        terminal.rankLine("n", 0, Channel.PROGRESS, new ProgressLine(step, 100, "step " + step).encode());
    }

    @Test
    void ranksArePrefixedAndErrorsGoToStderr() {
        Terminal terminal = terminal(false, 80);
        terminal.rankLine("n1", 3, Channel.OUT, "hello");
        terminal.rankLine("n1", 3, Channel.ERR, "trouble");
        assertThat(out()).isEqualTo("n1:3: hello\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("n1:3: trouble\n");
    }

    @Test
    void withoutATerminalProgressIsALineEveryFewSteps() {
        Terminal terminal = terminal(false, 80);
        for (long step = 1; step <= 100; step++) {
            progress(terminal, step);
        }
        assertThat(out().lines())
                .hasSize(21)
                .startsWith("step 1", "step 5", "step 10")
                .endsWith("step 100");
    }

    @Test
    void onATerminalProgressIsOneLineThatOtherLinesGoAbove() {
        Terminal terminal = terminal(true, 6);
        progress(terminal, 1);
        terminal.rankLine("n", 1, Channel.OUT, "x");
        progress(terminal, 22);
        terminal.finish();
        String erase = "\r\u001b[2K";
        assertThat(out()).isEqualTo(erase + "step " + erase + "n:1: x\nstep " + erase + "step " + "\n");
    }

    @Test
    void quietShowsErrorsAndTheSummaryOnly() {
        Terminal terminal = new Terminal(out, err, new TerminalStyle(true, false, 80).hushed());
        terminal.note("starting");
        progress(terminal, 1);
        terminal.rankLine("n", 1, Channel.OUT, "x");
        terminal.rankLine("n", 1, Channel.SUMMARY, "loss 1.0");
        terminal.error("bad");
        terminal.finish();
        assertThat(out()).isEqualTo("loss 1.0\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("bad\n");
    }

    @Test
    void aBrokenPipeIsToldOnce() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Terminal terminal = new Terminal(broken, err, new TerminalStyle(false, false, 80));
        AtomicInteger told = new AtomicInteger();
        terminal.onBroken(told::incrementAndGet);
        terminal.note("a");
        terminal.note("b");
        assertThat(told).hasValue(1);
    }
}
