package io.witan.launcher.supervise;

/** Hears what becomes of the ranks, on the supervisor's thread. */
public interface SupervisionListener {
    /** A process of the rank is there. */
    void started(int rank);

    /** The rank is in another state. */
    void changed(int rank, RankState state);

    /** The run goes on without so many ranks; those behind them get lower numbers. */
    void leftBehind(int firstRank, int count);

    /** All ranks have got another job. */
    void restarted(int restarts);

    /** Hears nothing. */
    static SupervisionListener none() {
        return new SupervisionListener() {
            @Override
            public void started(int rank) {}

            @Override
            public void changed(int rank, RankState state) {}

            @Override
            public void leftBehind(int firstRank, int count) {}

            @Override
            public void restarted(int restarts) {}
        };
    }
}
