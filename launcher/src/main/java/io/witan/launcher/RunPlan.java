package io.witan.launcher;

import io.witan.runtime.state.Sharding;
import java.util.Optional;

/**
 * A checked, resolved run.
 *
 * @param recipe short name, for the output folder and titles
 * @param config the resolved configuration, YAML text; every rank reads it
 * @param heap Java heap of a rank, as -Xmx wants it: {@code 512m}
 * @param shmBytes shared memory that the run needs on each node
 * @param sharding how ranks keep experts
 * @param lost what the run goes on without, in a line for people
 */
public record RunPlan(
        String recipe, String config, String heap, long shmBytes, Sharding sharding, Optional<String> lost) {
    public RunPlan {
        if (!heap.matches("[0-9]+[kmgKMG]")) {
            throw new IllegalArgumentException("heap must be a number and k, m or g, got \"" + heap + "\"");
        }
    }
}
