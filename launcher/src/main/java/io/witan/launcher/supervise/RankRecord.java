package io.witan.launcher.supervise;

import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.OutputFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where a rank runs; one entry of ranks.json. */
public record RankRecord(int rank, String node, long pid, String log) {
    /** Of all ranks of the run in a folder, in rank order; empty if the file is not there, or not whole. */
    public static Optional<List<RankRecord>> read(Path folder) {
        try {
            return OutputFolder.readJson(folder, OutputFolder.RANKS, RankRecord[].class)
                    .map(List::of);
        } catch (LaunchException _) {
            return Optional.empty();
        }
    }
}
