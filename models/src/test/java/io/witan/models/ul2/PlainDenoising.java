package io.witan.models.ul2;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The definition read back from a row: rates and means as decimal numbers, the text put together by looking for sentinels one by one. Ids behind the
 * tokenizer's are the modes R, S and X, the start, and sentinels.
 */
final class PlainDenoising {
    private static final Map<Denoiser, String[]> DEFINED = Map.of(
            Denoiser.R3, new String[] {"R", "0.15", "3"},
            Denoiser.R8, new String[] {"R", "0.15", "8"},
            Denoiser.S, new String[] {"S", "0.25", ""},
            Denoiser.X3, new String[] {"X", "0.5", "3"},
            Denoiser.X8, new String[] {"X", "0.5", "8"},
            Denoiser.X64, new String[] {"X", "0.5", "64"},
            Denoiser.X64_FEW, new String[] {"X", "0.15", "64"});

    private final int tokens;
    private final int end;

    /**
     * @param tokens of the tokenizer
     * @param end one of them
     */
    PlainDenoising(int tokens, int end) {
        this.tokens = tokens;
        this.end = end;
    }

    /**
     * What was hidden and what was left.
     *
     * @param kept parts before each span, and the one behind the last, which may be empty
     * @param spans in order
     */
    record Read(List<List<Integer>> kept, List<List<Integer>> spans) {
        int[] text() {
            List<Integer> text = new ArrayList<>();
            for (int i = 0; i < spans.size(); i++) {
                text.addAll(kept.get(i));
                text.addAll(spans.get(i));
            }
            text.addAll(kept.getLast());
            return text.stream().mapToInt(Integer::intValue).toArray();
        }

        int hidden() {
            return spans.stream().mapToInt(List::size).sum();
        }
    }

    static int hidden(Denoiser denoiser, int n) {
        int nearest = new BigDecimal(DEFINED.get(denoiser)[1])
                .multiply(BigDecimal.valueOf(n))
                .setScale(0, RoundingMode.HALF_UP)
                .intValueExact();
        return n == 1 ? 1 : Math.min(n - 1, Math.max(1, nearest));
    }

    static int spans(Denoiser denoiser, int n) {
        String mean = DEFINED.get(denoiser)[2];
        if (mean.isEmpty()) {
            return 1;
        }
        int nearest = new BigDecimal(DEFINED.get(denoiser)[1])
                .multiply(BigDecimal.valueOf(n))
                .divide(new BigDecimal(mean), 0, RoundingMode.HALF_UP)
                .intValueExact();
        return Math.max(1, nearest);
    }

    static double rate(Denoiser denoiser) {
        return Double.parseDouble(DEFINED.get(denoiser)[1]);
    }

    /** 0: it has none. */
    static double mean(Denoiser denoiser) {
        String mean = DEFINED.get(denoiser)[2];
        return mean.isEmpty() ? 0 : Double.parseDouble(mean);
    }

    /** Fails if the row is none of the denoiser's. */
    Read read(DenoisedRow row) {
        int[] input = row.input();
        int[] targets = row.targets();
        assertThat(input[0])
                .as("mode")
                .isEqualTo(tokens + List.of("R", "S", "X").indexOf(DEFINED.get(row.denoiser())[0]));
        assertThat(targets[targets.length - 1]).as("end").isEqualTo(end);
        assertThat(row.decoder()[0]).as("start").isEqualTo(tokens + 3);
        assertThat(Arrays.copyOfRange(row.decoder(), 1, targets.length))
                .as("the decoder reads what it wrote")
                .isEqualTo(Arrays.copyOf(targets, targets.length - 1));
        return new Read(
                parts(Arrays.copyOfRange(input, 1, input.length)), spans(Arrays.copyOf(targets, targets.length - 1)));
    }

    private List<List<Integer>> spans(int[] written) {
        List<List<Integer>> parts = parts(written);
        assertThat(parts.getFirst()).as("before the first sentinel").isEmpty();
        return parts.subList(1, parts.size());
    }

    /** What stands before, between and behind sentinels, which come in order. */
    private List<List<Integer>> parts(int[] ids) {
        List<List<Integer>> parts = new ArrayList<>();
        parts.add(new ArrayList<>());
        for (int id : ids) {
            if (id < tokens) {
                parts.getLast().add(id);
            } else {
                assertThat(id).as("sentinel").isEqualTo(tokens + 4 + parts.size() - 1);
                parts.add(new ArrayList<>());
            }
        }
        return parts;
    }
}
