package io.witan.launcher.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.message.Channel;
import io.witan.launcher.message.ProgressLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

    private static void balance(Terminal terminal, long step, String... lines) {
        terminal.rankLine(
                "n", 0, Channel.PROGRESS, new ProgressLine(step, 100, "step " + step, List.of(lines)).encode());
    }

    @Test
    void onATerminalTheTableStandsAboveTheProgressLineAndBothAreRedrawn() {
        Terminal terminal = terminal(true, 9);
        balance(terminal, 1, "summary", "table head", "row 1");
        progress(terminal, 2);
        terminal.rankLine("n", 1, Channel.OUT, "x");
        balance(terminal, 3, "summary", "short");
        terminal.finish();
        String line = "\r\u001b[2K";
        String above = "\u001b[1A\u001b[2K";
        String first = "table he\nrow 1\nstep ";
        assertThat(out())
                .isEqualTo(line + first + "1" + line + above + above + first + "2" + line + above + above + "n:1: x\n"
                        + first + "2" + line + above + above + "short\nstep 3\n");
    }

    @Test
    void withoutATerminalABalanceLineComesNowAndThenAndNoTable() {
        Terminal terminal = terminal(false, 80);
        for (long step = 1; step <= 100; step++) {
            balance(terminal, step, "balance " + step, "table");
        }
        assertThat(out().lines().filter(text -> text.startsWith("balance")))
                .containsExactly("balance 1", "balance 20", "balance 40", "balance 60", "balance 80", "balance 100");
        assertThat(out()).doesNotContain("table");
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
