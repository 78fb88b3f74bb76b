package io.witan.launcher.flight;

import io.witan.collectives.flight.FlightRecord;

/**
 * {@code logs/flight-rank-N.json}.
 *
 * @param version of the format
 * @param runId of the attempt that failed: records of others say nothing about it
 * @param attempt from 0
 * @param node the rank's
 * @param error what ended the rank, in one line
 * @param record times are microseconds since the epoch; lanes are those of a group: tokens, node, parameters, gradients
 */
record SavedFlight(int version, String runId, int attempt, String node, String error, FlightRecord record) {
    static final int VERSION = 1;

    int rank() {
        return record.rank();
    }
}
