package io.witan.models;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import java.util.Optional;

/** Section {@code sample} of a recipe: the text generated at the end of a run. */
public record SampleConfig(
        @Doc("text to go on from; empty starts a new document") @Default("") String prompt,
        @Doc("tokens to generate, 0 for none") @Default("200") @Range(min = 0) int tokens,
        @Doc("divides the logits; 0 takes the most probable token") @Default("0.7") @Range(min = 0) double temperature,
        @Doc("most probable tokens to choose from, 0 for all") @Default("0") @Range(min = 0) int topK,
        @Doc("task that the text is of, a name in data.tasks; not set: the first of them") Optional<String> task) {}
