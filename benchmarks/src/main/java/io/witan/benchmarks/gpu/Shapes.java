package io.witan.benchmarks.gpu;

import io.witan.kernels.AttentionKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is timed, one thing a line of a file that the peers read too ({@code benchmarks/gpu/shapes.txt}). */
record Shapes(List<Line> lines) {
    private static final String ZIPF = "zipf:";

    /** @param key the line with single spaces: by it the peers' times are found */
    record Line(String key, Shape shape) {}

    /** Of one line. */
    sealed interface Shape {}

    /** So many bytes from one buffer to another. */
    record Copy(long bytes) implements Shape {}

    /** A dense product of n x n matrices. */
    record Square(int n) implements Shape {}

    /** @param skew s: expert e has rows in proportion to 1 / (e + 1)^s; 0 for even */
    record Experts(int width, int hidden, int experts, int assignments, double skew) implements Shape {
        /** Rows of expert e are offsets[e] .. offsets[e + 1] - 1. Rounded down, the first experts get what is left. */
        int[] offsets() {
            double sum = 0;
            for (int e = 0; e < experts; e++) {
                sum += Math.pow(e + 1, -skew);
            }
            int[] rows = new int[experts];
            for (int e = 0; e < experts; e++) {
                rows[e] = (int) (assignments * Math.pow(e + 1, -skew) / sum);
            }
            int left = assignments - Arrays.stream(rows).sum();
            int[] offsets = new int[experts + 1];
            for (int e = 0; e < experts; e++) {
                offsets[e + 1] = offsets[e] + rows[e] + (e < left ? 1 : 0);
            }
            return offsets;
        }
    }

    /** A whole MoE layer. */
    record Layer(int width, int hidden, int experts, int tokens) implements Shape {}

    /** Rows of the width. */
    record Rows(int width, int rows, int vocabulary) implements Shape {}

    /** Causal attention. */
    record Attention(AttentionKernel.Shape of) implements Shape {}

    /** @throws IllegalArgumentException naming file and line of what is none of these */
    static Shapes read(Path file) throws IOException {
        List<Line> lines = new ArrayList<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            String text = line.replaceFirst("#.*", "").strip();
            if (!text.isEmpty()) {
                String[] words = text.split("\\s+");
                try {
                    lines.add(new Line(String.join(" ", words), shape(words)));
                } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                    throw new IllegalArgumentException(file + ":" + number + ": \"" + text + "\" is no shape", e);
                }
            }
        }
        return new Shapes(lines);
    }

    private static Shape shape(String... words) {
        return switch (words[0]) {
            case "copy" -> new Copy(Long.parseLong(words[1]));
            case "square" -> new Square(number(words, 1));
            case "experts" ->
                new Experts(number(words, 1), number(words, 2), number(words, 3), number(words, 4), skew(words[5]));
            case "layer" -> new Layer(number(words, 1), number(words, 2), number(words, 3), number(words, 4));
            case "rows" -> new Rows(number(words, 1), number(words, 2), number(words, 3));
            case "attention" ->
                new Attention(new AttentionKernel.Shape(
                        number(words, 1), number(words, 2), number(words, 3), number(words, 4)));
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private static int number(String[] words, int at) {
        return Integer.parseInt(words[at]);
    }

    private static double skew(String word) {
        if (word.equals("even")) {
            return 0;
        }
        if (!word.startsWith(ZIPF)) {
            throw new IllegalArgumentException(word);
        }
        return Double.parseDouble(word.substring(ZIPF.length()));
    }
}
