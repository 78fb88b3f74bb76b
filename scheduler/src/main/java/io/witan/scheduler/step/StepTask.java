package io.witan.scheduler.step;

/**
 * An operation of a predicted step.
 *
 * @param pass that it belongs to
 * @param layer {@link #NONE}: of none
 * @param piece chunk of the layer, or {@link #NONE}
 * @param startMs since its half of the step began
 */
public record StepTask(Kind kind, Pass pass, int layer, int piece, double startMs, double endMs) {
    /** For what is of no layer or piece. */
    public static final int NONE = -1;

    /** What it does. */
    public enum Kind {
        /** All that comes before a layer's experts. */
        ATTENTION,
        DISPATCH,
        EXPERTS,
        /** Gradients of their weights, where those are deferred. */
        EXPERT_WEIGHTS,
        COMBINE,
        /** The all-reduce of some dense gradients. */
        GRADIENTS
    }

    /** When in a step. */
    public enum Pass {
        FORWARD,
        /** Forward again, inside backward. */
        RECOMPUTE,
        BACKWARD
    }
}
