package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.file.Path;

/** A vault or a profile cache that cannot be used. The message is one line: file, what, expected, found. */
public final class VaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the caller can do about it. */
    public enum Reason {
        /** There is no vault: create one. */
        ABSENT,
        /** Another process holds it. */
        IN_USE,
        /** It was made for other entries, another rank or another format: create it anew if that is meant. */
        GEOMETRY,
        /** Its file is damaged: create it anew and load a checkpoint. */
        CORRUPT,
        /** Not enough space: free some, or choose another folder. */
        SPACE,
        /** The folder or file cannot be read or written. */
        IO,
        /** The JVM lacks a flag of bin/jvm.options. */
        JVM_FLAGS
    }

    private final Reason reason;

    VaultException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    VaultException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    static VaultException io(String operation, Path file, IOException cause) {
        String detail = String.valueOf(cause.getMessage()).replace(file + ": ", "");
        String kind =
                cause.getClass() == IOException.class ? "" : cause.getClass().getSimpleName() + " ";
        return new VaultException(Reason.IO, file + ": cannot " + operation + ": " + kind + detail, cause);
    }

    /** What the caller can do about it. */
    public Reason reason() {
        return reason;
    }
}
