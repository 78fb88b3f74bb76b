package io.witan.runtime.config;

import java.util.Optional;

/**
 * One key, for documents and {@code --help}.
 *
 * @param key with its section: {@code train.lr}
 * @param type what is allowed, as messages say it: {@code a whole number from 1 to 64}
 * @param defaultText the default as written in YAML; empty for a key that must be set and for one that may be left out
 * @param required whether it must be set
 * @param doc what it means
 */
public record KeyDescription(String key, String type, Optional<String> defaultText, boolean required, String doc) {}
