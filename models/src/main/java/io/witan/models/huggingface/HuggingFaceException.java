package io.witan.models.huggingface;

import java.io.IOException;
import java.nio.file.Path;

/** A model folder that cannot be read or written as asked. The message is one line: file, what, expected, found. */
public final class HuggingFaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private HuggingFaceException(String message, Throwable cause) {
        super(message.replaceAll("\\s*\\R\\s*", " "), cause);
    }

    static HuggingFaceException of(Path file, String problem) {
        return new HuggingFaceException(file + ": " + problem, null);
    }

    static HuggingFaceException io(Path file, String operation, IOException cause) {
        return new HuggingFaceException(file + ": cannot " + operation + ": " + cause, cause);
    }
}
