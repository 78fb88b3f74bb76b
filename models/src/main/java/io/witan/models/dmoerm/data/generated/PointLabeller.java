package io.witan.models.dmoerm.data.generated;

import io.witan.models.dmoerm.data.PointLabel;
import io.witan.models.dmoerm.data.Winner;
import io.witan.runtime.data.arithmetic.Draws;

/** A labeller that errs and prefers what it is shown first, asked in both orders. Draws from its stream at each label. */
final class PointLabeller {
    private final LabelNoise noise;
    private final Draws draws;

    PointLabeller(LabelNoise noise, Draws draws) {
        this.noise = noise;
        this.draws = draws;
    }

    PointLabel label(Winner truth) {
        return new PointLabel(verdict(truth, Winner.FIRST), verdict(truth, Winner.SECOND), truth);
    }

    private Winner verdict(Winner truth, Winner shownFirst) {
        boolean biased = draws.uniform() < noise.positionBias();
        boolean errs = draws.uniform() < noise.pointErrors();
        boolean oneOrOther = draws.between(0, 1) == 0;
        if (biased) {
            return shownFirst;
        }
        return errs ? wrong(truth, oneOrOther) : truth;
    }

    /** One of the two verdicts that are not the truth. */
    private static Winner wrong(Winner truth, boolean oneOrOther) {
        return switch (truth) {
            case FIRST -> oneOrOther ? Winner.SECOND : Winner.TIE;
            case SECOND -> oneOrOther ? Winner.FIRST : Winner.TIE;
            case TIE -> oneOrOther ? Winner.FIRST : Winner.SECOND;
            case UNKNOWN -> Winner.UNKNOWN;
        };
    }
}
