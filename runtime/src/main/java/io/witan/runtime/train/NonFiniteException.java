package io.witan.runtime.train;

/** Loss or gradient norm stayed NaN or infinite for as many steps as the configuration allows. */
public final class NonFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NonFiniteException(long step, int inRow) {
        super("step " + step + ": loss or gradient norm is not finite for " + inRow
                + " steps in a row (train.nonfinite_limit); no parameter was changed by them; lower train.lr or raise"
                + " train.warmup_steps");
    }
}
