package io.witan.collectives;

/**
 * Datagrams that a {@link NodeDriver} throws away as a bad network would, to see that a run stands it. Each UDP datagram between
 * nodes has one chance to be lost: data, repeated data and stream set-up when they reach the receiving driver, status messages
 * and requests to repeat (NAKs) when they leave it. Shared memory inside a node loses nothing.
 *
 * <p>The choices follow from the seed; which datagram meets which choice depends on timing.
 *
 * @param rate share that is lost, 0 or more and below 1
 */
public record Loss(double rate, long seed) {
    public static final Loss NONE = new Loss(0, 0);

    public Loss {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("loss rate " + rate + " is not a share in [0, 1)");
        }
    }
}
