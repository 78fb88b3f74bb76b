package io.witan.launcher.supervise;

import io.witan.launcher.message.Channel;
import io.witan.launcher.message.ProgressLine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** The launcher's output. Each line goes out in one write, so that lines of chatty ranks never mix. Thread-safe. */
public final class Terminal {
    private static final int PLAIN_PROGRESS_LINES = 20;
    private static final int PLAIN_BALANCE_LINES = 5;
    private static final String ERASE_LINE = "\r\u001b[2K";
    private static final String ERASE_LINE_ABOVE = "\u001b[1A\u001b[2K";

    private final OutputStream out;
    private final OutputStream err;
    private final TerminalStyle style;
    private final LineFormat format;
    private final List<String> summary = new ArrayList<>();
    private List<String> balance = List.of();
    private List<String> live = List.of();
    private IntPredicate shown = _ -> true;
    private Runnable onBroken = () -> {};
    private boolean broken;

    /** Writes for people. */
    public Terminal(OutputStream out, OutputStream err, TerminalStyle style) {
        this(out, err, style, new TextLines());
    }

    public Terminal(OutputStream out, OutputStream err, TerminalStyle style, LineFormat format) {
        this.out = out;
        this.err = err;
        this.style = style;
        this.format = format;
    }

    /** Called once if stdout breaks, as when the reader of a pipe leaves. */
    public synchronized void onBroken(Runnable action) {
        onBroken = action;
    }

    /** Leaves out the ordinary and error lines of other ranks. */
    public synchronized void showOnly(IntPredicate ranks) {
        shown = ranks;
    }

    /** A line of a rank. */
    public synchronized void rankLine(String node, int rank, Channel channel, String text) {
        boolean ownLine = channel == Channel.OUT || channel == Channel.ERR;
        if (ownLine && !shown.test(rank)) {
            return;
        }
        switch (channel) {
            case OUT -> {
                if (!style.quiet()) {
                    print(out, format.ofRank(node, rank, LineFormat.Level.INFO, text));
                }
            }
            case ERR -> print(err, format.ofRank(node, rank, LineFormat.Level.ERROR, text));
            case PROGRESS -> progress(node, rank, ProgressLine.decode(text));
            case SUMMARY -> summary.add(text);
            case LOG, RESULT -> {}
        }
    }

    /** A line of the launcher itself; hidden when quiet. */
    public synchronized void note(String text) {
        if (!style.quiet()) {
            print(out, format.ofLauncher(LineFormat.Level.INFO, text));
        }
    }

    /** Something went wrong. */
    public synchronized void error(String text) {
        print(err, format.ofLauncher(LineFormat.Level.ERROR, text));
    }

    /** Part of the final summary; comes after what the ranks gave for it. */
    public synchronized void summary(String text) {
        summary.add(text);
    }

    /** Prints the summary and leaves the cursor on a fresh line. */
    public synchronized void finish() {
        keepLive();
        summary.forEach(line -> print(out, format.summary(line)));
        summary.clear();
    }

    private void progress(String node, int rank, ProgressLine progress) {
        if (style.quiet()) {
            return;
        }
        if (!progress.balance().isEmpty()) {
            balance = progress.balance();
        }
        if (!style.live()) {
            plain(node, rank, progress);
            return;
        }
        List<String> lines = new ArrayList<>(balance.isEmpty() ? balance : balance.subList(1, balance.size()));
        lines.add(progress.text());
        String erase = erase();
        live = lines.stream().map(this::cut).toList();
        write(out, erase + String.join("\n", live));
    }

    private void plain(String node, int rank, ProgressLine progress) {
        if (isDue(progress, PLAIN_PROGRESS_LINES)) {
            print(out, format.progress(node, rank, progress));
        }
        if (isDue(progress, PLAIN_BALANCE_LINES) && !balance.isEmpty()) {
            ProgressLine known = new ProgressLine(progress.step(), progress.steps(), progress.text(), balance);
            print(out, format.balance(node, rank, known));
            balance = List.of();
        }
    }

    private static boolean isDue(ProgressLine progress, int lines) {
        long every = Math.max(1, (progress.steps() + lines - 1) / lines);
        return progress.step() <= 1 || progress.step() == progress.steps() || progress.step() % every == 0;
    }

    private String cut(String text) {
        return text.length() < style.columns() ? text : text.substring(0, style.columns() - 1);
    }

    /** Takes the live lines off the screen; the cursor is at the end of the last one. */
    private String erase() {
        return ERASE_LINE + ERASE_LINE_ABOVE.repeat(Math.max(0, live.size() - 1));
    }

    private void keepLive() {
        if (!live.isEmpty()) {
            live = List.of();
            write(out, "\n");
        }
    }

    private void print(OutputStream stream, String line) {
        if (live.isEmpty()) {
            write(stream, line + "\n");
            return;
        }
        write(out, erase());
        write(stream, line + "\n");
        write(out, String.join("\n", live));
    }

    private void write(OutputStream stream, String text) {
        try {
            stream.write(text.getBytes(StandardCharsets.UTF_8));
            stream.flush();
        } catch (IOException _) {
            if (!broken && stream == out) {
                broken = true;
                onBroken.run();
            }
        }
    }
}
