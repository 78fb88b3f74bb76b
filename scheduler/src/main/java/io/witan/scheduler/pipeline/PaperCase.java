package io.witan.scheduler.pipeline;

/**
 * The paper's four closed forms of a layer's time, by what dominates it (FSMoE, section 4.2), and its predicates that say which holds.
 * Where gather and scatter take equally long, the form that holds is the largest of the four and equals {@link PipelineTime#idealMs}.
 */
public enum PaperCase {
    /** Case 1: the network, with the gradients' all-reduce: 2 r a2a + gar. */
    NETWORK {
        @Override
        public double ms(ChunkTimes t, double gradientMs) {
            return 2 * t.degree() * t.allToAllMs() + gradientMs;
        }
    },
    /** Case 2: experts: 2 a2a + ag + rs + r exp. */
    EXPERTS {
        @Override
        public double ms(ChunkTimes t, double gradientMs) {
            return 2 * t.allToAllMs() + t.insideMs() + t.degree() * t.expertMs();
        }
    },
    /** Case 3: all-to-all: 2 r a2a + ag + rs. */
    ALL_TO_ALL {
        @Override
        public double ms(ChunkTimes t, double gradientMs) {
            return 2 * t.degree() * t.allToAllMs() + t.insideMs();
        }
    },
    /** Case 4: inside the node: 2 a2a + r (ag + rs). */
    INSIDE_NODE {
        @Override
        public double ms(ChunkTimes t, double gradientMs) {
            return 2 * t.allToAllMs() + t.degree() * t.insideMs();
        }
    };

    /** The closed form's time, whether or not it is the one that holds. */
    public abstract double ms(ChunkTimes times, double gradientMs);

    /** The one that holds by the predicates Q1 .. Q7. */
    public static PaperCase of(ChunkTimes t, double gradientMs) {
        double before = (t.degree() - 1) * t.allToAllMs();
        double experts = t.degree() * t.expertMs();
        boolean q1 = t.allToAllMs() > t.allGatherMs();
        boolean q5 = gradientMs > experts - 2 * before + t.insideMs();
        if (q1) {
            boolean q2 = experts > 2 * before;
            boolean q4 = gradientMs > t.insideMs();
            return q2 ? (q5 ? NETWORK : EXPERTS) : (q4 ? NETWORK : ALL_TO_ALL);
        }
        boolean q3 = experts > (t.degree() - 1) * t.insideMs();
        boolean q6 = gradientMs > t.degree() * t.insideMs() - 2 * before;
        return q3 ? (q5 ? NETWORK : EXPERTS) : (q6 ? NETWORK : INSIDE_NODE);
    }

    /** The time by the paper's model: the closed form that holds. */
    public static double paperMs(ChunkTimes times, double gradientMs) {
        return of(times, gradientMs).ms(times, gradientMs);
    }

    /** The largest closed form. */
    public static double largestMs(ChunkTimes times, double gradientMs) {
        double largest = 0;
        for (PaperCase form : values()) {
            largest = Math.max(largest, form.ms(times, gradientMs));
        }
        return largest;
    }
}
