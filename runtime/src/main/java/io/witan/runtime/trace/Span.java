package io.witan.runtime.trace;

import java.util.Locale;

/** What an event of a timeline is. */
public enum Span {
    /** A whole step of training. */
    STEP(Kind.STEP),
    /** Of a lane of communication; its name says which. */
    OPERATION(Kind.COMMUNICATION),

    /** Tokens to vectors. */
    EMBEDDING(Kind.COMPUTE),
    /** Before attention or the MoE layer. */
    NORM(Kind.COMPUTE),
    /** With its projections. */
    ATTENTION(Kind.COMPUTE),
    /** Scores, choice, and what the gate learns from. */
    GATE(Kind.COMPUTE),
    /** Tokens to rows that travel. */
    ORDER(Kind.COMPUTE),
    /** Rows as they arrived to rows by expert, and back. */
    ROWS(Kind.COMPUTE),
    /** Copies and sums of rows on their way, for other ranks. */
    RELAY(Kind.COMPUTE),
    /** Networks of the experts that this rank holds. */
    EXPERTS(Kind.COMPUTE),
    /** Gradients of their weights, in backward. */
    EXPERT_WEIGHTS(Kind.COMPUTE),
    /** Of an expert that all tokens go to. */
    SHARED_EXPERT(Kind.COMPUTE),
    /** Rows that came back to tokens. */
    I_ORDER(Kind.COMPUTE, "i-order"),
    /** Final norm, logits and loss, with their gradients. */
    HEAD(Kind.COMPUTE),
    /** Norms of gradients and the update. */
    OPTIMIZER(Kind.COMPUTE),

    /** Where experts shall be, and what the step begins and ends with. */
    PLAN(Kind.HOST),
    /** The batch. */
    DATA(Kind.HOST),
    /** Laying out an operation that runs beside the computation, and moving its first bytes. */
    SUBMIT(Kind.HOST),

    /** For all ranks' counts of assignments. */
    WAIT_COUNTS(Kind.WAIT),
    /** For rows of dispatch or combine. */
    WAIT_TOKENS(Kind.WAIT),
    /** For copies of experts. */
    WAIT_COPIES(Kind.WAIT),
    /** For sums of gradients. */
    WAIT_GRADIENTS(Kind.WAIT),
    /** For the figures of a step from all ranks. */
    WAIT_FIGURES(Kind.WAIT),
    /** For experts that go to other owners. */
    WAIT_MOVES(Kind.WAIT);

    /** What an event's time counts as. */
    public enum Kind {
        STEP,
        COMMUNICATION,
        /** The training thread computes. */
        COMPUTE,
        /** It does what else a step needs. */
        HOST,
        /** It waits for an operation, and helps to move data. */
        WAIT;

        /** For people. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Kind kind;
    private final String label;

    Span(Kind kind) {
        this(kind, "");
    }

    Span(Kind kind, String label) {
        this.kind = kind;
        this.label = label.isEmpty() ? name().toLowerCase(Locale.ROOT).replace('_', ' ') : label;
    }

    public Kind kind() {
        return kind;
    }

    /** For people. */
    public String label() {
        return label;
    }

    static Span labelled(String label) {
        for (Span span : values()) {
            if (span.label.equals(label)) {
                return span;
            }
        }
        throw new IllegalArgumentException("no span is called \"" + label + "\"");
    }
}
