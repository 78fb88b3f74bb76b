package io.witan.runtime.profile;

import java.util.concurrent.locks.LockSupport;

/** Work of known length: the rank with the larger number takes longer, and rank 1 owns no expert. */
final class WaitingWork implements LayerWork {
    static final int ASSIGNMENTS = 50;
    static final long MILLISECOND = 1_000_000;

    private final int rank;
    private boolean brought;
    private boolean forwarded;
    private boolean backwarded;

    WaitingWork(int rank) {
        this.rank = rank;
    }

    /** True between the two calls that bring and drop experts. */
    boolean isBrought() {
        return brought;
    }

    @Override
    public void bringExperts() {
        brought = true;
    }

    @Override
    public void dropExperts() {
        brought = false;
    }

    @Override
    public void forwardAttention() {
        waitNs((rank + 1) * 2 * MILLISECOND);
    }

    @Override
    public int assignments() {
        return ASSIGNMENTS;
    }

    /** Half a millisecond, and as much more for all assignments; twice that for each of both parts of backward. */
    @Override
    public Experts experts(int assignments) {
        if (!brought) {
            throw new IllegalStateException("experts compute before they were brought");
        }
        if (rank == 1) {
            return null;
        }
        forwarded = false;
        long ns = MILLISECOND / 2 + MILLISECOND / 2 * assignments / ASSIGNMENTS;
        return new Experts() {
            @Override
            public void forward() {
                waitNs(ns);
                forwarded = true;
            }

            @Override
            public void backward() {
                if (!forwarded) {
                    throw new IllegalStateException("backward without forward");
                }
                waitNs(2 * ns);
                backwarded = true;
            }

            @Override
            public void addWeights() {
                if (!backwarded) {
                    throw new IllegalStateException("gradients of weights before those of rows");
                }
                waitNs(2 * ns);
            }

            @Override
            public void close() {
                forwarded = false;
                backwarded = false;
            }
        };
    }

    private static void waitNs(long ns) {
        long end = System.nanoTime() + ns;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }
}
