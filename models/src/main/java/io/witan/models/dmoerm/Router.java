package io.witan.models.dmoerm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.network.LastTokenEncoder;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.ClassificationHead;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The outer layer: which category the user's turns are of, by a small language model of its own. */
final class Router {
    private static final Category[] CATEGORIES = Category.values();

    private final LastTokenEncoder encoder;
    private final ClassificationHead head;
    private final int width;

    /**
     * @param head of as many classes as there are categories
     * @param width of the encoder
     */
    Router(LastTokenEncoder encoder, ClassificationHead head, int width) {
        this.encoder = encoder;
        this.head = head;
        this.width = width;
    }

    /**
     * Cross-entropy of the logits, and all gradients.
     *
     * @param scale factor on the gradient
     * @return summed over pairs, in nats
     */
    double lossAndGradient(List<PreferencePair> pairs, float scale, StepArena arena) {
        LastTokenEncoder.Encoded encoded = encode(pairs, Pass.TRAIN, arena);
        MemorySegment dLast = arena.floats((long) pairs.size() * width);
        double sum = head.lossAndGradient(encoded.last(), targets(pairs), scale, dLast, arena)
                .sum();
        encoded.backward(dLast, arena);
        return sum;
    }

    /** The same without gradients. */
    double loss(List<PreferencePair> pairs, StepArena arena) {
        return head.loss(encode(pairs, Pass.EVALUATE, arena).last(), targets(pairs), arena)
                .sum();
    }

    /** [pairs] the likeliest category of each. */
    Category[] categories(List<PreferencePair> pairs, StepArena arena) {
        MemorySegment logits = head.logits(encode(pairs, Pass.EVALUATE, arena).last(), pairs.size(), arena);
        Category[] chosen = new Category[pairs.size()];
        for (int i = 0; i < chosen.length; i++) {
            int best = 0;
            for (int c = 1; c < CATEGORIES.length; c++) {
                if (logit(logits, i, c) > logit(logits, i, best)) {
                    best = c;
                }
            }
            chosen[i] = CATEGORIES[best];
        }
        return chosen;
    }

    private static float logit(MemorySegment logits, int row, int category) {
        return logits.getAtIndex(JAVA_FLOAT, (long) row * CATEGORIES.length + category);
    }

    private LastTokenEncoder.Encoded encode(List<PreferencePair> pairs, Pass pass, StepArena arena) {
        TokenRows rows = TokenRows.ofPrompts(pairs);
        return encoder.encode(rows.ids(), rows.rows(), pass, arena);
    }

    private static int[] targets(List<PreferencePair> pairs) {
        return pairs.stream()
                .mapToInt(pair -> pair.labels().category().ordinal())
                .toArray();
    }
}
