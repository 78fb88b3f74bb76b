package io.witan.launcher.warm;

import io.witan.collectives.DataPath;
import io.witan.collectives.NodeDriver;
import io.witan.models.Families;
import io.witan.models.Recipe;
import io.witan.runtime.state.ParameterSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Shared memory of the node that a spare takes while it gets warm: rings, vaults and a checkpoint.
 *
 * @param ranks of its world
 */
record WarmUpMemory(Recipe recipe, int ranks) {
    /** Parameters and moments, in both slots of a vault and in a checkpoint. */
    private static final long STATE_BYTES = 3L * 3 * Float.BYTES;

    /** Engine state of a vault in two slots, and its directory. */
    private static final long VAULT_BYTES = 8L << 20;

    long bytes() {
        long values = 0;
        for (ParameterSpec spec : Families.of(recipe).declare(1)) {
            values += spec.isExpert() ? spec.count() : ranks * spec.count();
        }
        return NodeDriver.sharedMemoryBytes(ranks, 0, DataPath.SHARED_MEMORY)
                + values * STATE_BYTES
                + ranks * VAULT_BYTES;
    }

    /** Whether it leaves as much as it takes: a rank must find its room at any time. */
    boolean fitsBeside(Path folder) throws IOException {
        return Files.getFileStore(folder.toAbsolutePath().getParent()).getUsableSpace() >= 2 * bytes();
    }
}
