package io.witan.launcher.supervise;

import io.witan.launcher.message.ProgressLine;

/** For people: lines of ranks begin {@code node:rank: }. */
public final class TextLines implements LineFormat {
    @Override
    public String ofRank(String node, int rank, Level level, String text) {
        return node + ":" + rank + ": " + text;
    }

    @Override
    public String ofLauncher(Level level, String text) {
        return text;
    }

    @Override
    public String summary(String text) {
        return text;
    }

    @Override
    public String progress(String node, int rank, ProgressLine progress) {
        return progress.text();
    }

    @Override
    public String balance(String node, int rank, ProgressLine progress) {
        return progress.balance().getFirst();
    }
}
