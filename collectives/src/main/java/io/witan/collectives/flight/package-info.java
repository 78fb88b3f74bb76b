/**
 * What a rank's last operations were, for whoever looks into a failure: immutable, and without a thread of their own. Times are
 * microseconds by {@link java.lang.System#nanoTime}, or by another clock once they are
 * {@link io.witan.collectives.flight.FlightRecord#shifted shifted}; {@link io.witan.collectives.flight.RecordedOperation#NEVER} stands for
 * what did not happen.
 */
package io.witan.collectives.flight;
