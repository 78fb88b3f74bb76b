package io.witan.runtime.checkpoint;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** A checkpoint that cannot be written, or is refused. The message is one line: file, what, expected, found. */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST_QUOTE = 400;

    private final String file;

    private CheckpointException(String file, String message, Throwable cause) {
        super(message, cause);
        this.file = file;
    }

    static CheckpointException of(Path file, String problem) {
        return new CheckpointException(file.toString(), oneLine(file + ": " + problem), null);
    }

    static CheckpointException mismatch(Path file, String what, Object expected, Object found) {
        return of(file, what + ": expected " + expected + ", found " + found);
    }

    /** What is saved belongs to a run of another model, tokenizer or data. */
    public static CheckpointException otherRun(Path saved, String what, String own, String found) {
        return of(saved, what + " differs: this run has " + quote(own) + ", what is saved there " + quote(found));
    }

    /** What is saved is in a form that this version does not read. */
    public static CheckpointException earlierFormat(Path saved, String what) {
        return of(
                saved,
                what
                        + " was written by an earlier version, which has to finish that run; or remove the folder to go on from"
                        + " the newest checkpoint");
    }

    /** What is saved is whole, but does not hold what it should. */
    public static CheckpointException unreadable(Path saved, String problem) {
        return of(saved, problem);
    }

    /** There is nothing to go on from. */
    public static CheckpointException nothingSaved(Path folder, String why) {
        return of(folder, "nothing to resume: " + why);
    }

    static CheckpointException io(String operation, Path file, IOException cause) {
        String message = file + ": cannot " + operation + ": " + reason(cause) + advice(cause);
        return new CheckpointException(file.toString(), oneLine(message), cause);
    }

    private static String advice(IOException e) {
        boolean full = String.valueOf(e.getMessage()).contains("No space left on device");
        return full ? "; free some, and go on from the checkpoint before" : "";
    }

    /** The file or folder at fault. */
    public String file() {
        return file;
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied";
            case NoSuchFileException missing -> "no such file or folder";
            case FileAlreadyExistsException exists -> exists.getFile() + " is in the way";
            case NotDirectoryException file -> "not a folder";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }

    /** Text from a file, made safe to show: in quotes, cut, control characters escaped. */
    static String quote(String text) {
        String cut = text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
        return '"' + oneLine(cut) + '"';
    }

    private static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean hidden = Character.isISOControl(c)
                    || c == 0x2028
                    || c == 0x2029
                    || Character.getType(c) == Character.SURROGATE
                    || Character.getType(c) == Character.FORMAT;
            if (hidden) {
                line.append(String.format("\\u%04x", c));
            } else {
                line.appendCodePoint(c);
            }
        });
        return line.toString();
    }
}
