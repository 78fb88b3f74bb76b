package io.witan.launcher;

import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.ProgressLine;
import io.witan.launcher.message.Wire;
import java.io.PrintStream;
import java.util.List;

/** What a rank shows. Each call is one line, written at once. Thread-safe. */
public final class RankConsole {
    private final PrintStream out;

    RankConsole(PrintStream out) {
        this.out = out;
    }

    /** An ordinary line, prefixed with node and rank on the terminal. */
    public void line(String text) {
        write(Channel.OUT, text);
    }

    /** Progress: one updating line on a terminal. Only rank 0 should send it. */
    public void progress(long step, long steps, String text) {
        progress(step, steps, text, List.of());
    }

    /** @param balance one line that sums it up, then the rows of a table for terminals; empty: what was sent before still holds */
    public void progress(long step, long steps, String text, List<String> balance) {
        write(Channel.PROGRESS, new ProgressLine(step, steps, text, balance).encode());
    }

    /** A line of the final summary, shown after the run even when quiet. */
    public void summary(String text) {
        write(Channel.SUMMARY, text);
    }

    /** Goes to the rank's log file only. */
    public void log(String text) {
        write(Channel.LOG, text);
    }

    /** Tells the agent that this rank has begun a job. */
    void taken(int attempt) {
        write(Channel.TAKEN, Integer.toString(attempt));
    }

    /** Tells the agent that this rank waits for its next job. */
    void lost(AgentEvent.Lost event) {
        write(Channel.LOST, Wire.encode(event));
    }

    /** Tells the agent that this rank trains as it will for long. */
    void steady(int attempt) {
        write(Channel.STEADY, Integer.toString(attempt));
    }

    /** Tells the agent that this spare is warm. */
    void ready(String text) {
        write(Channel.READY, text);
    }

    private void write(Channel channel, String text) {
        StringBuilder lines = new StringBuilder();
        text.lines().forEach(line -> lines.append(channel.encode(line)).append('\n'));
        synchronized (out) {
            out.print(lines.isEmpty() ? channel.encode("") + '\n' : lines.toString());
            out.flush();
        }
    }
}
