package io.witan.launcher;

/** Turns a request into a resolved run, in the launcher's process, before anything is written or started. */
@FunctionalInterface
public interface RunPlanner {
    /** @throws Exception if the request cannot be run; mapped to an exit code and one line by the composition's rules */
    RunPlan plan(TrainRequest request) throws Exception;
}
