package io.witan.launcher.flight;

import io.witan.collectives.flight.FlightRecord;
import io.witan.collectives.flight.OperationState;
import io.witan.collectives.flight.RecordedOperation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The oldest operation of a lane that some rank had not ended, and how far each rank was with it.
 *
 * @param sequence its number in the lane
 * @param calls what ranks called there, and which ranks: one entry if all called the same
 * @param waiting of the ranks that are in it, whose bytes they had not got
 * @param absent ranks that had not called it, and what they called last in this lane, if that is known
 */
record LaneFront(
        int lane,
        long sequence,
        Map<String, List<Integer>> calls,
        Map<Integer, List<Integer>> waiting,
        Map<Integer, Optional<RecordedOperation>> absent) {
    private static final List<String> NAMES = List.of("tokens", "node", "parameters", "gradients");

    /** Empty if all that was called on the lane had ended on all ranks. */
    static Optional<LaneFront> of(int lane, List<FlightRecord> records) {
        return records.stream()
                .flatMap(record -> record.operations().stream())
                .filter(operation -> operation.lane() == lane && operation.state() != OperationState.DONE)
                .map(RecordedOperation::sequence)
                .min(Long::compare)
                .map(sequence -> of(lane, sequence, records));
    }

    private static LaneFront of(int lane, long sequence, List<FlightRecord> records) {
        Map<String, List<Integer>> calls = new LinkedHashMap<>();
        Map<Integer, List<Integer>> waiting = new TreeMap<>();
        Map<Integer, Optional<RecordedOperation>> absent = new TreeMap<>();
        for (FlightRecord record : records) {
            List<RecordedOperation> ofLane = record.operations().stream()
                    .filter(operation -> operation.lane() == lane)
                    .toList();
            if (record.lanes().get(lane).submitted() <= sequence) {
                absent.put(record.rank(), ofLane.isEmpty() ? Optional.empty() : Optional.of(ofLane.getLast()));
            }
            for (RecordedOperation operation : ofLane) {
                if (operation.sequence() == sequence) {
                    calls.computeIfAbsent(call(operation), _ -> new ArrayList<>())
                            .add(record.rank());
                    if (!operation.waitsFor().isEmpty()) {
                        waiting.put(record.rank(), operation.waitsFor());
                    }
                }
            }
        }
        return new LaneFront(lane, sequence, calls, waiting, absent);
    }

    private static String call(RecordedOperation operation) {
        return operation.label() + (operation.extentBytes() == 0 ? "" : ", " + operation.extentBytes() + " B");
    }

    /** A line for the operation, and indented ones for the ranks. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        String where = "lane " + NAMES.get(lane) + ", operation " + sequence + ": ";
        if (calls.size() == 1) {
            calls.forEach((call, ranks) -> lines.add(where + call + ", called by " + ranks(ranks)));
        } else {
            lines.add(where + "ranks called different operations");
            calls.forEach((call, ranks) -> lines.add("  " + call + ": called by " + ranks(ranks)));
        }
        absent.forEach((rank, last) -> lines.add("  rank " + rank + " had not arrived: "
                + last.map(operation -> "its last call of this lane was operation " + operation.sequence() + ", "
                                + operation.label())
                        .orElse("it had called nothing on this lane")));
        waiting.forEach((rank, owing) -> lines.add("  rank " + rank + " waited for bytes of " + ranks(owing)));
        return lines;
    }

    static String ranks(List<Integer> ranks) {
        return ranks.size() == 1 ? "rank " + ranks.getFirst() : "ranks " + ranks;
    }
}
