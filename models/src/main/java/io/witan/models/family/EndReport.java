package io.witan.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * What a family tells of a complete run.
 *
 * @param lines for the console
 * @param file name of a file in the run's output folder
 * @param json what that holds
 */
public record EndReport(List<String> lines, String file, JsonNode json) {}
