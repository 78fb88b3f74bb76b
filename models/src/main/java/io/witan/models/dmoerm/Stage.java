package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PreferencePair;

/** What a batch trains: the phases of a run, in their order. */
public enum Stage {
    /** The outer router: category of the user's turns. */
    ROUTER,
    /** Base and dense model without their heads, on the texts: each next token. */
    LANGUAGE,
    /** Base model and its value head, on pairs. */
    BASE,
    /** Adapters and value heads of capability points, on labels of points. */
    POINTS,
    /** One MLP a category, on pairs; all else is frozen. */
    AGGREGATOR,
    /** A single dense reward model, to compare with. */
    DENSE;

    /** Name of the phase, and of its keys. */
    String key() {
        return switch (this) {
            case ROUTER -> "router";
            case LANGUAGE -> "language";
            case BASE -> "base";
            case POINTS -> "points";
            case AGGREGATOR -> "aggregator";
            case DENSE -> "dense";
        };
    }

    /** Labels of a pair that this stage learns from. */
    int targets(PreferencePair pair) {
        return switch (this) {
            case ROUTER -> 1;
            case LANGUAGE -> pair.first().length + pair.second().length - 2;
            case BASE, AGGREGATOR, DENSE -> pair.labels().observed().isDecided() ? 1 : 0;
            case POINTS ->
                (int) pair.labels().points().stream()
                        .filter(point -> point.agreed().isDecided())
                        .count();
        };
    }

    /** Tokens that a pair brings through the model. */
    int tokens(PreferencePair pair) {
        int responses = pair.first().length + pair.second().length;
        Category category = pair.labels().category();
        return switch (this) {
            case ROUTER -> pair.prompt().length;
            case LANGUAGE, BASE, DENSE -> responses;
            case POINTS -> responses * targets(pair);
            case AGGREGATOR -> responses * category.pointCount();
        };
    }
}
