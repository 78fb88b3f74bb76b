package io.witan.runtime.data;

import io.witan.runtime.text.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Texts in a fixed order. None is blank. */
public record Documents(List<String> texts) {
    private static final int FINGERPRINT_HEX = 32;

    public Documents {
        texts = List.copyOf(texts);
    }

    /**
     * Reads a file, or every {@code .jsonl} and {@code .txt} file of a folder (not of folders in it) in the order of names.
     * {@code .jsonl} and {@code .ndjson} files give one document a row, all other files are plain text, whose paragraphs are
     * gathered to documents of some 2000 characters.
     *
     * @param fields the fields of a JSONL row that make its document, joined by a line feed; none: all its text fields
     * @throws DataException if there is nothing to read, or a row cannot be used: one line with file and line
     */
    public static Documents read(Path path, List<String> fields) {
        if (!Files.exists(path)) {
            throw new DataException(path + ": no such data file or folder");
        }
        List<String> texts = new ArrayList<>();
        for (Path file : Files.isDirectory(path) ? filesOf(path) : List.of(path)) {
            texts.addAll(readFile(file, fields));
        }
        if (texts.isEmpty()) {
            throw new DataException(path + ": holds no text");
        }
        return new Documents(texts);
    }

    private static List<String> readFile(Path file, List<String> fields) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return JsonLines.read(file, fields);
        }
        if (name.endsWith(".json")) {
            throw new DataException(file + ": JSON data must be one object a line, in a .jsonl file");
        }
        return PlainText.read(file);
    }

    private static List<Path> filesOf(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(".jsonl")
                            || file.toString().endsWith(".txt"))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
            if (files.isEmpty()) {
                throw new DataException(folder + ": holds no .jsonl or .txt file");
            }
            return files;
        } catch (IOException e) {
            throw new DataException(folder + ": cannot be read: " + e.getMessage());
        }
    }

    public int count() {
        return texts.size();
    }

    /** UTF-8 bytes of all texts; nothing is counted for the end-of-text between them. */
    public long utf8Bytes() {
        return texts.stream().mapToLong(Tokenizer::utf8Bytes).sum();
    }

    /** A hash of texts and order. */
    public String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String text : texts) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, FINGERPRINT_HEX);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
