package io.witan.launcher.top;

import io.witan.launcher.supervise.TerminalStyle;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;

/** Shows a run again and again, until it is over or the user has enough. */
public final class Screen {
    private static final long INTERVAL_MS = 1000;
    private static final String HOME = "\u001b[H";
    private static final String ERASE_LINE_END = "\u001b[K";
    private static final String ERASE_BELOW = "\u001b[J";
    private static final String ERASE_ALL = "\u001b[2J";

    private final PrintStream out;
    private final InputStream in;
    private final TerminalStyle style;

    public Screen(PrintStream out, InputStream in, TerminalStyle style) {
        this.out = out;
        this.in = in;
        this.style = style;
    }

    /** On a terminal in place, ended by q; else a table a second below each other. Ends by itself when the run is over. */
    public void show(RunSource source) throws InterruptedException {
        if (!style.live()) {
            for (RunView view = source.view(); ; view = source.view()) {
                once(view);
                if (view.over()) {
                    return;
                }
                Thread.sleep(INTERVAL_MS);
            }
        }
        try (Keys keys = Keys.open(in)) {
            out.print(ERASE_ALL);
            RunView view;
            do {
                view = source.view();
                draw(RunTable.lines(view), view.over());
            } while (!view.over() && !keys.pressed('q', INTERVAL_MS));
        }
    }

    /** One table. */
    public void once(RunView view) {
        RunTable.lines(view).forEach(out::println);
        out.flush();
    }

    private void draw(List<String> lines, boolean last) {
        String text = lines.stream().map(this::cut).collect(Collectors.joining(ERASE_LINE_END + "\n"));
        String end = last ? "\n" : "\n\n" + "q ends this, not the run" + ERASE_LINE_END + "\n";
        out.print(HOME + text + ERASE_LINE_END + end + ERASE_BELOW);
        out.flush();
    }

    private String cut(String text) {
        return text.length() < style.columns() ? text : text.substring(0, style.columns() - 1);
    }
}
