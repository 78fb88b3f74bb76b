package io.witan.runtime.text;

/** A tokenizer that cannot be opened, or has no tokens for a text. The message is one line for the user and names the file. */
public final class TokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TokenizerException(String message) {
        super(message);
    }
}
