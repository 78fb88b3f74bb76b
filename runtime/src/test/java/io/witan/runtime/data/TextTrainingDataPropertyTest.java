package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.text.ByteTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class TextTrainingDataPropertyTest {
    private static final ByteTokenizer BYTES = new ByteTokenizer();

    private static Documents documents(int count, long seed) {
        Random random = new Random(seed);
        return new Documents(IntStream.range(0, count)
                .mapToObj(i -> i + "é".repeat(random.nextInt(4)) + "x".repeat(random.nextInt(20)))
                .toList());
    }

    private static TextTrainingData data(Documents train, Documents validation, long seed, BatchShape shape) {
        return new TextTrainingData(EncodedText.of(new Split(train, validation), BYTES), seed, shape);
    }

    /** The documents as one list of ids, straight from the definition. */
    private static List<Integer> stream(Documents documents) {
        List<Integer> ids = new ArrayList<>();
        for (String text : documents.texts()) {
            Arrays.stream(BYTES.encode(text)).forEach(ids::add);
            ids.add(BYTES.endOfText());
        }
        return ids;
    }

    private static List<Integer> row(int[] values, int row, int positions) {
        return Arrays.stream(values, row * positions, (row + 1) * positions)
                .boxed()
                .toList();
    }

    @Property(tries = 100)
    void anEpochTakesEveryWindowOfTheRingOnce(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 9) int positions,
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 3) int microBatches) {
        Documents train = documents(7, seed);
        TextTrainingData data =
                data(train, new Documents(List.of()), seed, new BatchShape(rows, positions, microBatches));
        List<Integer> ring = stream(train);
        int windows = Math.max(1, ring.size() / positions);

        int[] timesTarget = new int[ring.size()];
        for (int number = windows; number < 2 * windows; number++) { // the second epoch
            int microBatch = number / rows % microBatches;
            TokenBatch batch = data.train(number / rows / microBatches, microBatch);
            List<Integer> inputs = row(batch.inputs(), number % rows, positions);
            List<Integer> targets = row(batch.targets(), number % rows, positions);
            assertThat(targets.subList(0, positions - 1)).isEqualTo(inputs.subList(1, positions));
            countWindow(ring, inputs, targets, timesTarget);
        }
        assertThat(data.windows()).isEqualTo(windows);
    }

    /** The window stands somewhere in the ring. */
    private static void countWindow(List<Integer> ring, List<Integer> inputs, List<Integer> targets, int[] times) {
        List<Integer> window = new ArrayList<>(inputs);
        window.add(targets.getLast());
        boolean found = false;
        for (int start = 0; start < ring.size() && !found; start++) {
            found = true;
            for (int t = 0; t < window.size(); t++) {
                found &= ring.get((start + t) % ring.size()).equals(window.get(t));
            }
            if (found) {
                times[start]++;
            }
        }
        assertThat(found).isTrue();
    }

    @Property(tries = 60)
    void eachTokenIsATargetAtMostOnceInAnEpoch(@ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int positions) {
        // every id of this one document is different, so ids name places
        String text = IntStream.range(32, 120).mapToObj(Character::toString).reduce("", String::concat);
        Documents train = new Documents(List.of(text));
        TextTrainingData data = data(train, new Documents(List.of()), seed, new BatchShape(1, positions, 1));
        int tokens = text.length() + 1;
        int windows = tokens / positions;
        for (int epoch = 0; epoch < 3; epoch++) {
            List<Integer> targets = new ArrayList<>();
            for (int i = 0; i < windows; i++) {
                targets.addAll(row(data.train((long) epoch * windows + i, 0).targets(), 0, positions));
            }
            assertThat(targets).doesNotHaveDuplicates().hasSize(windows * positions);
        }
    }

    @Example
    void epochsDifferInOrder() {
        Documents train = documents(200, 1);
        TextTrainingData data = data(train, new Documents(List.of()), 5, new BatchShape(1, 8, 1));
        long windows = data.windows();
        assertThat(data.train(0, 0)).isNotEqualTo(data.train(windows, 0));
        assertThat(data.train(1, 0)).isNotEqualTo(data.train(windows + 1, 0));
    }

    @Property(tries = 40)
    void batchesArePure(@ForAll long seed, @ForAll @IntRange(min = 0, max = 5000) int step) {
        BatchShape shape = new BatchShape(3, 5, 2);
        TextTrainingData used = data(documents(20, 1), documents(3, 2), seed, shape);
        for (int i = 0; i < 5; i++) {
            used.train(i, 1);
        }
        TextTrainingData fresh = data(documents(20, 1), documents(3, 2), seed, shape);
        assertThat(used.train(step, 1)).isEqualTo(fresh.train(step, 1));
        assertThat(used.fingerprint()).isEqualTo(fresh.fingerprint());
    }

    @Example
    void microBatchesOfAStepAreTheRowsOfOneLargeBatch() {
        Documents train = documents(30, 1);
        TextTrainingData whole = data(train, train, 5, new BatchShape(6, 7, 1));
        TextTrainingData parts = data(train, train, 5, new BatchShape(2, 7, 3));
        for (long step = 0; step < 20; step++) {
            for (int microBatch = 0; microBatch < 3; microBatch++) {
                assertThat(parts.train(step, microBatch))
                        .isEqualTo(whole.train(step, 0).slice(2 * microBatch, 2 * microBatch + 2));
            }
        }
    }

    @Property(tries = 100)
    void validationScoresEachTokenOnce(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 9) int positions,
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 6) int count) {
        Documents validation = documents(count, seed);
        TextTrainingData data = data(documents(3, 1), validation, seed, new BatchShape(rows, positions, 1));
        List<Integer> targets = new ArrayList<>();
        List<Integer> inputs = new ArrayList<>();
        for (int i = 0; i < data.validationBatches(); i++) {
            TokenBatch batch = data.validation(i);
            assertThat(batch.rows()).isEqualTo(rows);
            assertThat(batch.targetCount()).isPositive();
            for (int place = 0; place < batch.targets().length; place++) {
                assertThat(batch.inputs()[place]).isBetween(0, BYTES.endOfText());
                if (batch.targets()[place] != TokenBatch.IGNORED) {
                    targets.add(batch.targets()[place]);
                    inputs.add(batch.inputs()[place]);
                }
            }
        }
        List<Integer> expected = stream(validation);
        assertThat(targets).isEqualTo(expected);
        assertThat(inputs.getFirst()).isEqualTo(BYTES.endOfText());
        assertThat(inputs.subList(1, inputs.size())).isEqualTo(expected.subList(0, expected.size() - 1));
        assertThat(data.validationBytes()).isEqualTo(expected.size() - count);
    }

    @Example
    void ranksShareTheRows() {
        TokenBatch batch = data(documents(30, 1), documents(3, 1), 5, new BatchShape(5, 4, 1))
                .train(3, 0);
        for (int ranks : new int[] {1, 2, 3, 5, 7}) {
            List<Integer> inputs = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                TokenBatch part = batch.ofRank(rank, ranks);
                Arrays.stream(part.inputs()).forEach(inputs::add);
                assertThat(part.rows()).isEqualTo((rank + 1) * 5 / ranks - rank * 5 / ranks);
            }
            assertThat(inputs).isEqualTo(Arrays.stream(batch.inputs()).boxed().toList());
        }
    }

    @Example
    void placesOutOfRangeAreRefused() {
        TextTrainingData data = data(documents(30, 1), documents(3, 1), 5, new BatchShape(5, 4, 2));
        assertThatThrownBy(() -> data.train(-1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> data.train(0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("step 0 micro batch 2 of 2 a step");
        assertThatThrownBy(() -> data.validation(data.validationBatches()))
                .isInstanceOf(IllegalArgumentException.class);
        TokenBatch batch = data.train(0, 0);
        assertThatThrownBy(() -> batch.slice(2, 6)).hasMessage("rows 2..6 of 5");
        assertThatThrownBy(() -> batch.ofRank(2, 2)).hasMessage("rank 2 of 2");
        assertThatThrownBy(() -> new TokenBatch(1, 2, new int[2], new int[3]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BatchShape(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Example
    void fingerprintsFollowAllThatBatchesDependOn() {
        BatchShape shape = new BatchShape(5, 4, 2);
        String base = data(documents(9, 1), documents(3, 1), 5, shape).fingerprint();
        assertThat(data(documents(9, 2), documents(3, 1), 5, shape).fingerprint())
                .isNotEqualTo(base);
        assertThat(data(documents(9, 1), documents(3, 2), 5, shape).fingerprint())
                .isNotEqualTo(base);
        assertThat(data(documents(9, 1), documents(3, 1), 6, shape).fingerprint())
                .isNotEqualTo(base);
        assertThat(data(documents(9, 1), documents(3, 1), 5, new BatchShape(5, 5, 2))
                        .fingerprint())
                .isNotEqualTo(base);
    }
}
