package io.witan.models;

import io.witan.runtime.model.Decoder;
import io.witan.runtime.text.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Samples text from a model on one rank, token by token, over a sliding window of its positions. */
public final class TextGenerator {
    private final Decoder model;
    private final Tokenizer tokenizer;
    private final int positions;

    public TextGenerator(Decoder model, Tokenizer tokenizer, int positions) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.positions = positions;
    }

    /**
     * @param task number of the task that the text is of; empty: the model knows no tasks
     * @return the prompt and what follows it, up to the end of the document or the configured number of tokens
     */
    public String generate(SampleConfig sample, OptionalInt task, long seed) {
        int[] prompt = tokenizer.encode(sample.prompt());
        int[] ids = Arrays.copyOf(new int[] {tokenizer.endOfText()}, 1 + prompt.length + sample.tokens());
        System.arraycopy(prompt, 0, ids, 1, prompt.length);
        SplittableRandom random = new SplittableRandom(seed);
        int length = 1 + prompt.length;
        while (length < ids.length) {
            int[] context = Arrays.copyOfRange(ids, Math.max(0, length - positions), length);
            float[] logits = task.isPresent()
                    ? model.nextTokenLogitsOfTask(context, task.getAsInt())
                    : model.nextTokenLogits(context);
            // A model may have room for ids that the tokenizer does not have.
            int known = Math.min(logits.length, tokenizer.vocabularySize());
            int next = choose(Arrays.copyOf(logits, known), sample, random);
            if (next == tokenizer.endOfText()) {
                break;
            }
            ids[length++] = next;
        }
        return tokenizer.decode(ids, 1, length);
    }

    static int choose(float[] logits, SampleConfig sample, SplittableRandom random) {
        int count = sample.topK() == 0 ? logits.length : Math.min(sample.topK(), logits.length);
        int[] ranked = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -logits[i]))
                .limit(sample.temperature() == 0 ? 1 : count)
                .mapToInt(Integer::intValue)
                .toArray();
        double[] weight = new double[ranked.length];
        double total = 0;
        for (int i = 0; i < ranked.length; i++) {
            double scaled = ranked.length == 1 ? 0 : (logits[ranked[i]] - logits[ranked[0]]) / sample.temperature();
            weight[i] = Math.exp(scaled);
            total += weight[i];
        }
        double point = random.nextDouble() * total;
        int i = 0;
        while (i < ranked.length - 1 && point >= weight[i]) {
            point -= weight[i++];
        }
        return ranked[i];
    }
}
