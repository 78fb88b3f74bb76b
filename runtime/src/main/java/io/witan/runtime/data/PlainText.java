package io.witan.runtime.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Documents of a plain text file: whole paragraphs (blocks between blank lines) gathered until there are
 * {@value #ENOUGH_CHARS} characters. A paragraph that would make a document longer than {@value #MOST_CHARS} characters is
 * cut at a line end; a single line is never cut. Text inside a document is kept as it is, CRLF as LF.
 */
final class PlainText {
    static final int ENOUGH_CHARS = 2048;
    static final int MOST_CHARS = 8192;

    private final StringBuilder document = new StringBuilder();
    private final List<String> documents = new ArrayList<>();

    private PlainText() {}

    /** @throws DataException if the file cannot be read or is not UTF-8 */
    static List<String> read(Path path) {
        PlainText reader = new PlainText();
        Utf8Lines.visit(path, reader::line);
        reader.finish();
        return reader.documents;
    }

    private void line(long number, String line) {
        boolean blank = line.isBlank();
        boolean full = document.length() + line.length() > MOST_CHARS;
        if (blank && document.length() >= ENOUGH_CHARS || full) {
            finish();
        }
        if (!blank || !document.isEmpty()) {
            document.append(line).append('\n');
        }
    }

    private void finish() {
        int end = document.length();
        while (end > 0 && Character.isWhitespace(document.charAt(end - 1))) {
            end--;
        }
        if (end > 0) {
            documents.add(document.substring(0, end));
        }
        document.setLength(0);
    }
}
