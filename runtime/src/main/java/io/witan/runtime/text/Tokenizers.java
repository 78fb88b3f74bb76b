package io.witan.runtime.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Opens the tokenizer that a recipe names. */
public final class Tokenizers {
    private static final int FINGERPRINT_HEX = 32;

    private Tokenizers() {}

    /**
     * @param kindOrPath {@code byte}, a {@code tokenizer.json} file, or a folder with {@code tokenizer.json} or with GPT-2's
     *     {@code vocab.json} and {@code merges.txt}
     * @return a tokenizer that the caller closes
     * @throws TokenizerException if there is no such tokenizer or its files are broken: one line
     */
    public static Tokenizer open(String kindOrPath) {
        if (kindOrPath.equals("byte")) {
            return new ByteTokenizer();
        }
        Path path = path(kindOrPath);
        if (!Files.exists(path)) {
            throw new TokenizerException("tokenizer " + kindOrPath + ": neither \"byte\" nor a file or folder");
        }
        if (!Files.isDirectory(path)) {
            return openJson(path);
        }
        if (Files.exists(path.resolve("tokenizer.json"))) {
            return openJson(path.resolve("tokenizer.json"));
        }
        Path vocabulary = path.resolve("vocab.json");
        Path merges = path.resolve("merges.txt");
        if (!Files.exists(vocabulary) && !Files.exists(merges)) {
            throw new TokenizerException(path + ": holds neither tokenizer.json nor vocab.json and merges.txt");
        }
        return openBytePairs(vocabulary, merges);
    }

    private static Path path(String kindOrPath) {
        try {
            return Path.of(kindOrPath);
        } catch (InvalidPathException e) {
            throw new TokenizerException("tokenizer " + kindOrPath + ": not a path: " + e.getReason());
        }
    }

    private static Tokenizer openJson(Path path) {
        String text = TokenizerFile.text(path);
        ObjectNode root = TokenizerFile.object(path, text);
        return HuggingFaceTokenizer.open(path, HuggingFaceFile.of(path, root), "tokenizer-json-" + hash(text));
    }

    private static Tokenizer openBytePairs(Path vocabulary, Path merges) {
        String vocabularyText = TokenizerFile.text(vocabulary);
        String mergesText = TokenizerFile.text(merges);
        ObjectNode root = new BytePairFiles(vocabulary, merges).toTokenizerJson(vocabularyText, mergesText);
        String fingerprint = "bpe-" + hash(vocabularyText, mergesText);
        return HuggingFaceTokenizer.open(vocabulary, HuggingFaceFile.of(vocabulary, root), fingerprint);
    }

    private static String hash(String... texts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String text : texts) {
                digest.update(digest(text));
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, FINGERPRINT_HEX);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static byte[] digest(String text) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
