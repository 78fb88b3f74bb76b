package io.witan.runtime.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** A {@code tokenizer.json} run by the Hugging Face tokenizers library, through DJL. Holds native memory until closed. */
final class HuggingFaceTokenizer implements Tokenizer {
    private static final Map<String, String> OPTIONS = Map.of(
            "addSpecialTokens", "false",
            "truncation", "do_not_truncate",
            "padding", "do_not_pad",
            "modelMaxLength", Integer.toString(Integer.MAX_VALUE));

    private final Path path;
    private final ai.djl.huggingface.tokenizers.HuggingFaceTokenizer tokenizer;
    private final HuggingFaceFile file;
    private final String fingerprint;

    private HuggingFaceTokenizer(
            Path path,
            ai.djl.huggingface.tokenizers.HuggingFaceTokenizer tokenizer,
            HuggingFaceFile file,
            String fingerprint) {
        this.path = path;
        this.tokenizer = tokenizer;
        this.file = file;
        this.fingerprint = fingerprint;
    }

    /** @throws TokenizerException if the library refuses the file, or cannot be loaded here */
    static HuggingFaceTokenizer open(Path path, HuggingFaceFile file, String fingerprint) {
        stayLocal();
        try {
            byte[] json = TokenizerFile.JSON.writeValueAsString(file.root()).getBytes(StandardCharsets.UTF_8);
            var tokenizer = ai.djl.huggingface.tokenizers.HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json), OPTIONS);
            return new HuggingFaceTokenizer(path, tokenizer, file, fingerprint);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a parsed tokenizer could not be written", e);
        } catch (IOException | RuntimeException e) {
            throw new TokenizerException(path + ": not a usable tokenizer: " + firstLine(e));
        } catch (LinkageError e) {
            throw new TokenizerException(path + ": the native tokenizers library cannot be loaded: " + firstLine(e));
        }
    }

    /** DJL would ask the network for a CUDA build of its library and report its use; a property that is set wins. */
    private static void stayLocal() {
        for (String[] property :
                new String[][] {{"ai.djl.offline", "true"}, {"OPT_OUT_TRACKING", "true"}, {"RUST_FLAVOR", "cpu"}}) {
            if (System.getProperty(property[0]) == null) {
                System.setProperty(property[0], property[1]);
            }
        }
    }

    private static String firstLine(Throwable error) {
        String message = error.getMessage() == null ? error.toString() : error.getMessage();
        return message.strip().lines().findFirst().orElse(error.toString());
    }

    @Override
    public int vocabularySize() {
        return file.vocabularySize();
    }

    @Override
    public int endOfText() {
        return file.endOfText();
    }

    @Override
    public int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        long[] ids = idsOf(text);
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = Math.toIntExact(ids[i]);
        }
        return narrow;
    }

    /** Some models of tokens have none for what they do not know. */
    private long[] idsOf(String text) {
        try {
            return tokenizer.encode(text, false, false).getIds();
        } catch (RuntimeException e) {
            throw new TokenizerException(path + ": has no tokens for a text: " + firstLine(e));
        }
    }

    @Override
    public String decode(int[] ids, int from, int to) {
        long[] wide = new long[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (ids[i] < 0 || ids[i] >= vocabularySize()) {
                throw new IllegalArgumentException("token " + ids[i] + " is not in 0.." + (vocabularySize() - 1));
            }
            if (!file.controlIds().contains(ids[i])) {
                wide[length++] = ids[i];
            }
        }
        return length == 0 ? "" : tokenizer.decode(Arrays.copyOf(wide, length), false);
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
