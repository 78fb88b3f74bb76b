/**
 * Typed configuration: YAML files and {@code --set} overrides become a {@link io.witan.runtime.config.ConfigTree} whose
 * values remember where they came from, and {@link io.witan.runtime.config.ConfigBinder} turns the tree into records.
 * Whatever is wrong is one line in a {@link io.witan.runtime.config.ConfigException} that names file and line, or flag.
 *
 * <p>Trees and records are immutable and safe on any thread.
 *
 * <p>The YAML accepted is one document of plain or quoted values, lists and sections. Anchors, aliases, tags and merge
 * keys are refused: a configuration reads the same to everyone.
 */
package io.witan.runtime.config;
