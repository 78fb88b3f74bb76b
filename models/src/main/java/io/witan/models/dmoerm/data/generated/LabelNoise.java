package io.witan.models.dmoerm.data.generated;

/**
 * How wrong generated labels are.
 *
 * @param flipped the share of pairs whose observed label is the wrong response
 * @param pointErrors the chance that the labeller of a point sees another verdict than the true one, in one presentation
 * @param positionBias the chance that it answers with the response shown first, whatever it sees
 */
public record LabelNoise(double flipped, double pointErrors, double positionBias) {
    /** 25 % of labels wrong, as annotators who agree in three of four cases. */
    public static final LabelNoise STANDARD = new LabelNoise(0.25, 0.1, 0.3);

    /** Labels that are the truth. */
    public static final LabelNoise NONE = new LabelNoise(0, 0, 0);

    public LabelNoise {
        if (!isShare(flipped) || !isShare(pointErrors) || !isShare(positionBias)) {
            throw new IllegalArgumentException(
                    "shares from 0 to 1, got " + flipped + ", " + pointErrors + " and " + positionBias);
        }
    }

    private static boolean isShare(double value) {
        return value >= 0 && value <= 1;
    }
}
