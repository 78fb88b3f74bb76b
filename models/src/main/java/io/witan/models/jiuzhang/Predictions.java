package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.train.RankMessages;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
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
        /** @return of each row a text without line feeds */
        List<String> rows(List<Row> rows);
    }

    /** Logits of the labels at the start of each row. */
    float[][] labels(List<Row> rows, LabelSet labels) {
        List<String> told = all(rows, some -> Arrays.stream(model.labels(some, labels))
                .map(logits -> IntStream.range(0, logits.length)
                        .mapToObj(label -> Float.toString(logits[label]))
                        .collect(Collectors.joining(" ")))
                .toList());
        return told.stream()
                .map(text -> {
                    String[] parts = text.split(" ");
                    float[] logits = new float[parts.length];
                    for (int i = 0; i < logits.length; i++) {
                        logits[i] = Float.parseFloat(parts[i]);
                    }
                    return logits;
                })
                .toArray(float[][]::new);
    }

    /** The most likely label of each row. @param possible ids of labels that a row may have; at least one */
    int[] mostLikely(List<Row> rows, LabelSet labels, IntFunction<int[]> possible) {
        float[][] logits = labels(rows, labels);
        return IntStream.range(0, rows.size())
                .map(row -> {
                    int[] ids = possible.apply(row);
                    int best = ids[0];
                    for (int id : ids) {
                        best = logits[row][id - labels.firstId()] > logits[row][best - labels.firstId()] ? id : best;
                    }
                    return best;
                })
                .toArray();
    }

    /** What is written of each row. @param end token behind it */
    List<int[]> written(List<Row> rows, int end, int most) {
        List<String> told = all(rows, some -> model.write(some, end, most).stream()
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
            List<String> told = work.rows(rows.subList(begin, Math.min(rows.size(), begin + ROWS)));
            for (int i = 0; i < told.size(); i++) {
                own.put(begin + i, told.get(i));
            }
        }
        String lines = own.entrySet().stream()
                .map(entry -> entry.getKey() + ":" + entry.getValue())
                .collect(Collectors.joining("\n"));
        Map<Integer, String> all = new TreeMap<>();
        for (String ofRank : RankMessages.all(runtime, () -> lines)) {
            ofRank.lines().forEach(line -> {
                int colon = line.indexOf(':');
                all.put(Integer.valueOf(line.substring(0, colon)), line.substring(colon + 1));
            });
        }
        return List.copyOf(all.values());
    }
}
