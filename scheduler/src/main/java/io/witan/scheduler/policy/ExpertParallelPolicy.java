package io.witan.scheduler.policy;

/** Plain expert parallelism ({@code ep}): tokens travel to the owners, parameters stay. */
public record ExpertParallelPolicy() implements PlacementPolicy {
    @Override
    public StepPlacement place(StepInput input) {
        return StepPlacement.keeping(input.owners());
    }
}
