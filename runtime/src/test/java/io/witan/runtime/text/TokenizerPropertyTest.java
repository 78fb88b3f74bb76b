package io.witan.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TokenizerPropertyTest {
    private static final Tokenizer BYTE = Tokenizers.open("byte");
    private static final Tokenizer BPE =
            Tokenizers.open(BytePairTokenizerTest.resource("bpe").toString());

    /** Texts of whole characters: any code point but half surrogates. */
    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> any = Arbitraries.integers()
                .between(0, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .list()
                .ofMaxSize(30)
                .map(points -> points.stream().map(Character::toString).reduce("", String::concat));
        return Arbitraries.oneOf(
                any,
                Arbitraries.strings().ascii().ofMaxLength(60),
                Arbitraries.strings().withChars(" \n\t'se0\u0000<|>é数").ofMaxLength(40));
    }

    @Property
    void bytesComeBack(@ForAll("texts") String text) {
        int[] ids = BYTE.encode(text);
        assertThat(BYTE.decode(ids)).isEqualTo(text);
        assertThat(ids.length).isEqualTo((int) Tokenizer.utf8Bytes(text));
    }

    @Property
    void bytePairsComeBack(@ForAll("texts") String text) {
        int[] ids = BPE.encode(text);
        assertThat(BPE.decode(ids)).isEqualTo(text);
        assertThat(ids).doesNotContain(BPE.endOfText());
        assertThat(ids.length).isLessThanOrEqualTo((int) Tokenizer.utf8Bytes(text));
    }

    @Property
    void utf8BytesAreThoseOfTheJdk(@ForAll String text) {
        assertThat(Tokenizer.utf8Bytes(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
    }
}
