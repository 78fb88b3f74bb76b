package io.witan.models.ul2;

import io.witan.models.seq2seq.DecoderShape;
import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;

/** Section {@code ul2} of a recipe; {@code model} describes the encoder, and {@code data} the texts. */
public record Ul2Config(
        @Doc("blocks of the decoder") @Default("1") @Range(min = 1) int decoderLayers,
        @Doc("width of the decoder's FFNs") @Default("256") @Range(min = 1) int decoderFf,
        @Doc("held-back texts that are scored at most, each under every denoiser")
                @Default("40")
                @Range(min = 1, max = 1_000_000)
                int validationTexts) {
    /** The sizes of the decoder. */
    DecoderShape decoder() {
        return new DecoderShape(decoderLayers, decoderFf);
    }
}
