package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.PretrainingRows.SecondSide;
import io.witan.models.seq2seq.DecoderShape;
import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;

/** Section {@code jiuzhang} of a recipe; {@code model} describes the shared encoder and {@code data.path} the folder of problems. */
public record JiuZhangConfig(
        @Doc("pieces of the vocabulary that is built of the training texts; 0: data.tokenizer")
                @Default("4096")
                @Range(min = 0, max = 1 << 20)
                int words,
        @Doc("numbers, 0 and on, that are a piece each in that vocabulary; others are spelt")
                @Default("101")
                @Range(min = 0, max = 10_000)
                int wholeNumbers,
        @Doc("blocks of each of the two decoders") @Default("1") @Range(min = 1) int decoderLayers,
        @Doc("width of the decoders' FFNs") @Default("256") @Range(min = 1) int decoderFf,
        @Doc("generated multiple choice questions about whole numbers")
                @Default("4000")
                @Range(min = 2, max = 1_000_000)
                int choiceQuestions,
        @Doc("largest number of their sums and differences; products and two steps have numbers up to its half")
                @Default("20")
                @Range(min = 8, max = 1000)
                int choiceLargest,
        @Doc("level, from 1, of the knowledge points of English problems") @Default("4") @Range(min = 1)
                int levelEnglish,
        @Doc("level of those of Chinese problems") @Default("2") @Range(min = 1) int levelChinese,
        @Doc("side of the second pass of solution checking: drawn anew, or opposite to the first") @Default("drawn")
                SecondSide secondSide,
        @Doc("tasks of fine-tuning are mixed in proportion to their sizes to this power")
                @Default("0.5")
                @Range(min = 0, max = 1)
                double alpha,
        @Doc(
                        "power of a knowledge point's share in training by which its likelihood is divided when one is told: 0 tells the"
                                + " likeliest, 1 the one that is likeliest if all are as frequent")
                @Default("0.5")
                @Range(min = 0, max = 1)
                double rarePoints,
        @Doc("steps of stage 1: masked tokens and denoising") @Default("200") @Range(min = 1) int maskedSteps,
        @Doc("steps of stage 2: and logic recovering") @Default("200") @Range(min = 1) int logicSteps,
        @Doc("steps of stage 3: and solution checking in two passes") @Default("200") @Range(min = 1) int checkingSteps,
        @Doc("steps of fine-tuning with all tasks") @Default("400") @Range(min = 1) int tuningSteps,
        @Doc("highest learning rate of fine-tuning") @Default("0.001") @Range(min = 0) double tuningLr,
        @Doc("held-back rows that a phase is validated on at most") @Default("128") @Range(min = 1) int validationRows,
        @Doc("held-back rows of each task that the report is made of at most") @Default("400") @Range(min = 1)
                int reportRows,
        @Doc("held-back rows whose solutions are written for the report") @Default("64") @Range(min = 1)
                int writtenRows) {
    /** Ids of a vocabulary beside its numbers and characters: one for what is unknown, one that ends a text. */
    private static final int BESIDE = 2;

    /** @throws IllegalArgumentException if the numbers leave no room for characters */
    public JiuZhangConfig {
        if (words > 0 && wholeNumbers + BESIDE >= words) {
            throw new IllegalArgumentException("jiuzhang.whole_numbers must be less than jiuzhang.words - " + BESIDE
                    + " = " + (words - BESIDE) + ", got " + wholeNumbers);
        }
    }

    /** The sizes of each of the two decoders. */
    DecoderShape decoder() {
        return new DecoderShape(decoderLayers, decoderFf);
    }

    /** Steps of all phases. */
    public int steps() {
        return maskedSteps + logicSteps + checkingSteps + tuningSteps;
    }
}
