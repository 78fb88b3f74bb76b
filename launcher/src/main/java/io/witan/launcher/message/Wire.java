package io.witan.launcher.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;

/** The messages between launcher, agents and ranks: one JSON object a line. */
public final class Wire {
    /** Starts each message line of an agent, so that a greeting of the remote shell is not taken for one. */
    public static final String EVENT_MARK = "\u001ewitan ";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    private Wire() {}

    /** The object as one line, without its line end. */
    public static String encode(Object message) {
        try {
            return JSON.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + message.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /** @throws LaunchException code INTERNAL if the line is not such a message, as with another version at the other end */
    public static <T> T decode(String line, Class<T> type) {
        T message;
        try {
            message = JSON.readValue(line, type);
        } catch (JsonProcessingException e) {
            throw refused(line, type, e);
        }
        if (message == null) {
            throw refused(line, type, null);
        }
        return message;
    }

    private static LaunchException refused(String line, Class<?> type, JsonProcessingException cause) {
        return new LaunchException(
                ExitCode.INTERNAL,
                "not a " + type.getSimpleName() + " message (is it the same version of Witan?): " + brief(line),
                cause);
    }

    private static String brief(String line) {
        return line.length() <= 120 ? line : line.substring(0, 120) + "...";
    }
}
