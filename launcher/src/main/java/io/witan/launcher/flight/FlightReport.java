package io.witan.launcher.flight;

import io.witan.collectives.flight.FlightRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Which rank was at which collective operation when a run failed, and who had not arrived at what others waited for. */
public final class FlightReport {
    private FlightReport() {}

    /** Empty if no rank of the run in that folder left a record. */
    public static List<String> lines(Path outputFolder) {
        List<SavedFlight> all = FlightFile.readAll(outputFolder);
        return all.isEmpty() ? List.of() : lines(all);
    }

    /** @param all one a rank, in rank order; those of other attempts than the last are passed over */
    static List<String> lines(List<SavedFlight> all) {
        SavedFlight newest = all.stream()
                .max(Comparator.comparingLong(saved -> saved.record().takenUs()))
                .orElseThrow();
        List<SavedFlight> saved =
                all.stream().filter(of -> of.runId().equals(newest.runId())).toList();
        List<FlightRecord> records = saved.stream().map(SavedFlight::record).toList();
        List<String> lines = new ArrayList<>();
        lines.add("flight records of "
                + LaneFront.ranks(saved.stream().map(SavedFlight::rank).toList()) + " of a world of "
                + newest.record().worldSize() + ", attempt " + newest.attempt() + ":");
        byError(saved).forEach((error, ranks) -> lines.add("  " + LaneFront.ranks(ranks) + ": " + error));
        TreeSet<Integer> late = new TreeSet<>();
        int idle = lines.size();
        for (int lane = 0; lane < newest.record().lanes().size(); lane++) {
            LaneFront.of(lane, records).ifPresent(front -> {
                lines.addAll(front.lines());
                late.addAll(front.absent().keySet());
            });
        }
        if (lines.size() == idle) {
            lines.add("no operation was under way");
        }
        if (!late.isEmpty()) {
            lines.add("others waited for " + LaneFront.ranks(List.copyOf(late)));
        }
        List<Integer> silent = IntStream.range(0, newest.record().worldSize())
                .filter(rank -> saved.stream().noneMatch(of -> of.rank() == rank))
                .boxed()
                .toList();
        if (!silent.isEmpty()) {
            lines.add(LaneFront.ranks(silent) + " left no record: killed, or ended otherwise before the failure");
        }
        return lines;
    }

    private static Map<String, List<Integer>> byError(List<SavedFlight> saved) {
        Map<String, List<Integer>> ranks = new LinkedHashMap<>();
        for (SavedFlight of : saved) {
            ranks.computeIfAbsent(of.error(), _ -> new ArrayList<>()).add(of.rank());
        }
        return ranks;
    }
}
