package io.witan.launcher.output;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code run.json}: what was run.
 *
 * @param starts the first start and each resume, oldest first
 */
public record RunRecord(String recipe, List<Start> starts) {
    public RunRecord {
        starts = List.copyOf(starts);
    }

    /**
     * One start of the run.
     *
     * @param version of Witan
     * @param startedAt ISO-8601, UTC
     * @param command the words of the command line
     * @param worldSize number of ranks
     */
    public record Start(
            String version,
            @JsonProperty("run_id") String runId,
            @JsonProperty("started_at") String startedAt,
            List<String> command,
            @JsonProperty("config_hash") String configHash,
            @JsonProperty("world_size") int worldSize,
            List<String> nodes,
            String resumed,
            String java) {
        public Start {
            command = List.copyOf(command);
            nodes = List.copyOf(nodes);
        }
    }

    RunRecord then(Start start) {
        List<Start> all = new ArrayList<>(starts);
        all.add(start);
        return new RunRecord(recipe, all);
    }
}
