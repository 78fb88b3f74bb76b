package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the model tells of many rows: each rank computes its part, and every rank gets all. All ranks call it together. */
final class Predictions {
    /** Rows of a rank in one pass. */
    private static final int ROWS = 16;

    private final RankRuntime runtime;
    private final JiuZhang model;

    Predictions(RankRuntime runtime, JiuZhang model) {
        this.runtime = runtime;
        this.model = model;
    }

    /** What one rank does with some rows. */
    private interface Work {
        /**
         * @param from number of the first row
         * @return of each row a text without line feeds
         */
        List<String> rows(List<Row> rows, int from);
    }

    /** Logits at the start of each row. @param ids of each row, those that are wanted */
    float[][] logits(List<Row> rows, List<int[]> ids) {
        return floats(all(rows, (some, from) -> texts(model.logits(some, ids.subList(from, from + some.size())))));
    }

    /** Mean of what the encoder makes of each row's tokens, [rows][D]. */
    float[][] encoded(List<Row> rows) {
        return floats(all(rows, (some, _) -> texts(model.encoded(some))));
    }

    private static List<String> texts(float[][] values) {
        return Arrays.stream(values)
                .map(row -> IntStream.range(0, row.length)
                        .mapToObj(i -> Float.toString(row[i]))
                        .collect(Collectors.joining(" ")))
                .toList();
    }

    private static float[][] floats(List<String> texts) {
        return texts.stream()
                .map(text -> {
                    String[] parts = text.split(" ");
                    float[] values = new float[parts.length];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = Float.parseFloat(parts[i]);
                    }
                    return values;
                })
                .toArray(float[][]::new);
    }

    /** Which id of each row is the most likely at its start, as a number among them. @param ids of each row; at least one */
    int[] mostLikely(List<Row> rows, List<int[]> ids) {
        return Arrays.stream(logits(rows, ids))
                .mapToInt(logits -> {
                    int best = 0;
                    for (int i = 1; i < logits.length; i++) {
                        best = logits[i] > logits[best] ? i : best;
                    }
                    return best;
                })
                .toArray();
    }

    /** What is written of each row. @param end token behind it */
    List<int[]> written(List<Row> rows, int end, int most) {
        List<String> told = all(rows, (some, _) -> model.write(some, end, most).stream()
                .map(ids -> IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
                .toList());
        return told.stream()
                .map(text -> text.isEmpty()
                        ? new int[0]
                        : Arrays.stream(text.split(" "))
                                .mapToInt(Integer::parseInt)
                                .toArray())
                .toList();
    }

    /** Every rank makes as many passes, the last ones perhaps without rows. */
    private List<String> all(List<Row> rows, Work work) {
        Map<Integer, String> own = new TreeMap<>();
        for (int from = 0; from < rows.size(); from += ROWS * runtime.size()) {
            int begin = Math.min(rows.size(), from + runtime.rank() * ROWS);
            List<String> told = work.rows(rows.subList(begin, Math.min(rows.size(), begin + ROWS)), begin);
            for (int i = 0; i < told.size(); i++) {
                own.put(begin + i, told.get(i));
            }
        }
        String lines = own.entrySet().stream()
                .map(entry -> entry.getKey() + ":" + entry.getValue())
                .collect(Collectors.joining("\n"));
        Map<Integer, String> all = new TreeMap<>();
        for (String ofRank : RankMessages.exchange(runtime, lines)) {
            ofRank.lines().forEach(line -> {
                int colon = line.indexOf(':');
                all.put(Integer.valueOf(line.substring(0, colon)), line.substring(colon + 1));
            });
        }
        return List.copyOf(all.values());
    }
}
