package io.witan.runtime.text;

import java.nio.charset.StandardCharsets;

/** One token for each UTF-8 byte, and end-of-text: V = 257. Lossless for every text of whole characters. */
public final class ByteTokenizer implements Tokenizer {
    private static final int END_OF_TEXT = 256;

    @Override
    public int vocabularySize() {
        return END_OF_TEXT + 1;
    }

    @Override
    public int endOfText() {
        return END_OF_TEXT;
    }

    @Override
    public int[] encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            ids[i] = bytes[i] & 0xff;
        }
        return ids;
    }

    @Override
    public String decode(int[] ids, int from, int to) {
        byte[] bytes = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (ids[i] < 0 || ids[i] > END_OF_TEXT) {
                throw new IllegalArgumentException("token " + ids[i] + " is not in 0.." + END_OF_TEXT);
            }
            if (ids[i] != END_OF_TEXT) {
                bytes[length++] = (byte) ids[i];
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    @Override
    public String fingerprint() {
        return "byte-257";
    }

    @Override
    public void close() {
        // holds nothing native
    }
}
