package io.witan.runtime.fssdp;

import io.witan.scheduler.plan.Placement;

/** Plain expert parallelism ({@code ep}): tokens travel to the owners, parameters stay. */
public record ExpertParallelPolicy() implements MaterializationPolicy {
    @Override
    public Placement place(Placement owners, long[] predictedLoad) {
        return owners;
    }
}
