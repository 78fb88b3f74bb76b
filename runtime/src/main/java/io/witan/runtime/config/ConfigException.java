package io.witan.runtime.config;

/** A configuration that cannot be used. The message is one line for the user: place, key, bad value, what is allowed. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }

    ConfigException(Origin origin, String problem) {
        super(origin + ": " + problem);
    }
}
