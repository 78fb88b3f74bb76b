package io.witan.launcher.report;

import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.TraceEvent;
import java.awt.Color;

/** Colours of what a timeline shows: strong ones for computing, pale ones for waiting; backward is darker than forward. */
final class SpanColours {
    private static final double DARKER = 0.72;

    private SpanColours() {}

    static Color of(TraceEvent event) {
        Color colour = event.span() == Span.OPERATION ? ofOperation(event.name()) : of(event.span());
        boolean again = event.phase() == Phase.BACKWARD || event.phase() == Phase.RECOMPUTE;
        return again && event.span().kind() == Span.Kind.COMPUTE ? darker(colour) : colour;
    }

    /** What the legend calls it. */
    static String name(TraceEvent event) {
        return event.span() == Span.OPERATION ? event.name() : event.span().label();
    }

    private static Color of(Span span) {
        return switch (span) {
            case STEP, OPERATION -> Color.BLACK;
            case ATTENTION -> new Color(0x4C, 0x8B, 0xE0);
            case EXPERTS -> new Color(0x3F, 0xB0, 0x63);
            case EXPERT_WEIGHTS -> new Color(0x2F, 0x7D, 0x57);
            case SHARED_EXPERT -> new Color(0x9A, 0xC9, 0x3C);
            case GATE -> new Color(0xF2, 0xB7, 0x05);
            case ORDER -> new Color(0xF0, 0x8A, 0x24);
            case I_ORDER -> new Color(0xE0, 0x6A, 0x3B);
            case ROWS -> new Color(0xC9, 0x8A, 0x5A);
            case RELAY -> new Color(0xA8, 0x5C, 0x7A);
            case NORM -> new Color(0x7F, 0xC4, 0xD6);
            case HEAD -> new Color(0x8C, 0x6B, 0xD1);
            case EMBEDDING -> new Color(0xC0, 0x7F, 0xC8);
            case OPTIMIZER -> new Color(0x2B, 0x8C, 0x92);
            case PLAN -> new Color(0x8A, 0x8F, 0x98);
            case DATA -> new Color(0xA9, 0xAE, 0xB6);
            case SUBMIT -> new Color(0x66, 0x6B, 0x75);
            case WAIT_COUNTS -> new Color(0xFB, 0xD9, 0xB5);
            case WAIT_TOKENS -> new Color(0xF9, 0xC2, 0xC2);
            case WAIT_COPIES -> new Color(0xE3, 0xCC, 0xF2);
            case WAIT_GRADIENTS -> new Color(0xF4, 0xE0, 0x9E);
            case WAIT_FIGURES -> new Color(0xDD, 0xDD, 0xDD);
            case WAIT_MOVES -> new Color(0xCF, 0xE3, 0xC4);
        };
    }

    private static Color ofOperation(String name) {
        return switch (name) {
            case "allToAllV" -> new Color(0xD9, 0x43, 0x43);
            case "sparseAllGather" -> new Color(0x8E, 0x4E, 0xB8);
            case "sparseReduceScatter" -> new Color(0xB0, 0x8A, 0x00);
            case "allReduce" -> new Color(0x8C, 0x62, 0x1C);
            case "allGather" -> new Color(0xE5, 0x8A, 0x2E);
            default -> new Color(0x55, 0x55, 0x55);
        };
    }

    private static Color darker(Color of) {
        return new Color((int) (of.getRed() * DARKER), (int) (of.getGreen() * DARKER), (int) (of.getBlue() * DARKER));
    }
}
