package io.witan.launcher.rendezvous;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Sends what is written up to each flush, one line with its end, as a message. The writer synchronises. */
final class SealedOutput extends OutputStream {
    private final SealedLines lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    SealedOutput(SealedLines lines) {
        this.lines = lines;
    }

    @Override
    public void write(int b) {
        line.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        line.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        if (line.size() > 0) {
            String text = line.toString(StandardCharsets.UTF_8);
            line.reset();
            lines.send(text.substring(0, text.length() - 1));
        }
    }
}
