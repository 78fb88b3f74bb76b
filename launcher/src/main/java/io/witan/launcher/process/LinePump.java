package io.witan.launcher.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Cuts a byte stream into lines as they come: ended by LF, CR LF or CR, or by the end, or after 64 KiB. */
public final class LinePump {
    private static final int MAX_LINE_BYTES = 64 * 1024;

    private final int maxLineBytes;

    private final InputStream in;
    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean afterCr;

    public LinePump(InputStream in, Consumer<String> lines) {
        this(in, lines, MAX_LINE_BYTES);
    }

    public LinePump(InputStream in, Consumer<String> lines, int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
        this.in = in;
        this.lines = lines;
    }

    /** Returns at the end of the stream, or when it breaks. Bytes that are not UTF-8 are replaced. */
    public void run() {
        byte[] buffer = new byte[8192];
        try (in) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                for (int i = 0; i < n; i++) {
                    accept(buffer[i]);
                }
            }
        } catch (IOException _) {
            // The writer is gone: what it wrote is complete.
        }
        if (line.size() > 0) {
            emit();
        }
    }

    private void accept(byte b) {
        if (b == '\n' && afterCr) {
            afterCr = false;
            return;
        }
        afterCr = b == '\r';
        if (b == '\n' || b == '\r') {
            emit();
            return;
        }
        line.write(b);
        if (line.size() == maxLineBytes) {
            emit();
        }
    }

    private void emit() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        lines.accept(text);
    }
}
