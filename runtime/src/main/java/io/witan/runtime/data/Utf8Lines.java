package io.witan.runtime.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The lines of a file, decoded strictly: half a character is an error with its line, not a replacement. */
final class Utf8Lines {
    interface Visitor {
        /** @param number from 1 */
        void line(long number, String text);
    }

    private static final int BUFFER_BYTES = 1 << 16;
    private static final char BYTE_ORDER_MARK = '\ufeff';

    private final Path path;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

    private Utf8Lines(Path path) {
        this.path = path;
    }

    /**
     * Visits each line, without its LF or CRLF and, on the first, without a byte order mark.
     *
     * @throws DataException if the file cannot be read or is not UTF-8
     */
    static void visit(Path path, Visitor visitor) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES)) {
            new Utf8Lines(path).visit(in, visitor);
        } catch (IOException e) {
            throw new DataException(path + ": cannot be read: " + e.getMessage());
        }
    }

    private void visit(InputStream in, Visitor visitor) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER_BYTES];
        long number = 1;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            int start = 0;
            for (int i = 0; i < read; i++) {
                if (buffer[i] == '\n') {
                    line.write(buffer, start, i - start);
                    visitor.line(number, decode(line.toByteArray(), number));
                    line.reset();
                    number++;
                    start = i + 1;
                }
            }
            line.write(buffer, start, read - start);
        }
        if (line.size() > 0) {
            visitor.line(number, decode(line.toByteArray(), number));
        }
    }

    private String decode(byte[] bytes, long number) {
        int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
        try {
            String text = decoder.decode(ByteBuffer.wrap(bytes, 0, length)).toString();
            boolean marked = number == 1 && !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
            return marked ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new DataException(path + ":" + number + ": not UTF-8 text");
        }
    }
}
