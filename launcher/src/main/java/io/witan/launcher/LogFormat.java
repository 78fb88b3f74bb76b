package io.witan.launcher;

import io.witan.launcher.supervise.JsonLines;
import io.witan.launcher.supervise.LineFormat;
import io.witan.launcher.supervise.TerminalStyle;
import io.witan.launcher.supervise.TextLines;
import java.time.InstantSource;

/** What the launcher's output is written for. */
enum LogFormat {
    TEXT {
        @Override
        LineFormat lines() {
            return new TextLines();
        }

        @Override
        TerminalStyle style(TerminalStyle detected) {
            return detected;
        }
    },
    JSON {
        @Override
        LineFormat lines() {
            return new JsonLines(InstantSource.system());
        }

        @Override
        TerminalStyle style(TerminalStyle detected) {
            return detected.plain();
        }
    };

    abstract LineFormat lines();

    /** How to print on a terminal that was found so. */
    abstract TerminalStyle style(TerminalStyle detected);
}
