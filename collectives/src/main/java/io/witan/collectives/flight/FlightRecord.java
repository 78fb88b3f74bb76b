package io.witan.collectives.flight;

import java.util.List;

/**
 * One rank's last operations.
 *
 * @param takenUs when
 * @param verdict why the group failed; empty: it has not
 * @param lanes how far each lane is, by number
 * @param operations as they were called for, oldest first; at most as many as the recorder keeps
 */
public record FlightRecord(
        int rank, int worldSize, long takenUs, String verdict, List<Lane> lanes, List<RecordedOperation> operations) {
    public FlightRecord {
        lanes = List.copyOf(lanes);
        operations = List.copyOf(operations);
    }

    /** The same by a clock that is so many microseconds ahead. */
    public FlightRecord shifted(long us) {
        return new FlightRecord(
                rank,
                worldSize,
                takenUs + us,
                verdict,
                lanes,
                operations.stream().map(operation -> operation.shifted(us)).toList());
    }

    /**
     * A lane.
     *
     * @param submitted operations that this rank has called for: it has not arrived at those of this sequence number and later
     * @param completed of these, how many were done before any failed
     */
    public record Lane(long submitted, long completed) {}
}
