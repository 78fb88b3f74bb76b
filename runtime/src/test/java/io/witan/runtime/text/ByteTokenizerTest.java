package io.witan.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ByteTokenizerTest {
    private final Tokenizer tokenizer = Tokenizers.open("byte");

    @Test
    void encodesBytes() {
        assertThat(tokenizer.encode("a€")).containsExactly('a', 0xe2, 0x82, 0xac);
        assertThat(tokenizer.vocabularySize()).isEqualTo(257);
        assertThat(tokenizer.endOfText()).isEqualTo(256);
        assertThat(tokenizer.fingerprint()).isEqualTo("byte-257");
    }

    @Test
    void bytesThatAreNotUtf8DecodeToReplacements() {
        assertThat(tokenizer.decode(new int[] {'a', 0xe2, 0x82, 'b', 0xff})).isEqualTo("a\ufffdb\ufffd");
    }

    @Test
    void endOfTextDecodesToNothing() {
        assertThat(tokenizer.decode(new int[] {'x', 256, 'y', 256}, 1, 4)).isEqualTo("y");
    }

    @Test
    void idsOutsideTheVocabularyAreRefused() {
        assertThatThrownBy(() -> tokenizer.decode(new int[] {257}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("token 257 is not in 0..256");
        assertThatThrownBy(() -> tokenizer.decode(new int[] {-1})).isInstanceOf(IllegalArgumentException.class);
    }
}
