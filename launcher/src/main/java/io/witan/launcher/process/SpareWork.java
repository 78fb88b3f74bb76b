package io.witan.launcher.process;

import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.RunSpec;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * What spares do before they are needed: a run's work in a small world of their own, with all of its ranks in one process.
 *
 * @param job of a rank of this node
 * @param node number of the node
 */
record SpareWork(RankJob job, int node) {
    /** A world is made, and once more as after a loss. */
    static final int LAST_ATTEMPT = 1;

    /** Ranks of the world, if there is a driver between them. */
    private static final int RANKS = 2;

    /** Of shared memory, for registered buffers: enough to go the ways that they go. */
    private static final long SHARED_BYTES = 16L << 20;

    /** Spares of the node. */
    int count() {
        return job.run().attempts().maxRestarts() > 0 ? job.run().attempts().spares() : 0;
    }

    String heap() {
        return job.run().processes().heap();
    }

    String name(int slot) {
        return "spare-" + node + "-" + slot;
    }

    /** Its files lie beside those of the driver, and go with them; without one it has none. */
    RankJob order(int slot) {
        boolean alone = job.aeronDirectory().isEmpty();
        String folder = alone
                ? ""
                : Path.of(job.aeronDirectory()).resolveSibling(name(slot)).toString();
        RunSpec run = job.run()
                .small(HexFormat.of().toHexDigits(new Random().nextLong()), List.of(alone ? 1 : RANKS), folder);
        return new RankJob(
                run,
                job.node(),
                0,
                job.threads(),
                Math.min(job.sharedBytes(), SHARED_BYTES),
                job.aeronDirectory(),
                job.configFile());
    }
}
