package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.engine.StepArena;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StepRoomTest {
    private static final long BLOCK = 32L << 20;

    private static StepRoom.Batch batch(long tokens, long received, int layers, boolean recompute) {
        List<Long> rows = Collections.nCopies(layers, received);
        return new StepRoom.Batch(tokens, rows, 2, 128, 4, 256, 0, 8, 2, 1, 3, 259, recompute, false, false);
    }

    @Test
    void aFewTokensFitInTheLeastBlock() {
        assertThat(StepRoom.bytes(batch(1, 2, 1, false))).isEqualTo(BLOCK);
        assertThat(StepRoom.bytes(batch(0, 0, 1, false))).isEqualTo(BLOCK);
    }

    @Test
    void whatIsHeldIsThePeakAndASixteenth() {
        StepRoom.Batch batch = batch(8192, 16384, 8, false);
        long peak = StepRoom.peakBytes(batch);
        assertThat(peak).isGreaterThan(BLOCK);
        assertThat(StepRoom.bytes(batch)).isBetween(peak / 16 * 17, peak / 16 * 17 + 128);
        assertThat(StepArena.heldBytes(BLOCK)).isEqualTo(BLOCK);
        assertThat(StepArena.heldBytes(2 * BLOCK)).isEqualTo(2 * BLOCK + 2 * BLOCK / 16);
    }

    /** By hand: all lengths are multiples of 64 bytes, so nothing is padded; D = 16, one head, F = 32, E = 16, K = 1, two matrices. */
    @Test
    void aLayerOfOneRankTakesWhatItsPartsAddUpTo() {
        long t = 64;
        StepRoom.Batch batch = new StepRoom.Batch(t, List.of(t), 1, 16, 1, 32, 0, 16, 1, 1, 2, 16, false, false, false);
        long width = t * 16;
        long embedding = 2 * t + width;
        long attention = width + width + (width + 2 * t) + 3 * width + width + 2 * t + (width + 2 * t);
        long gate = 2 * t * 16 + 2 * t + t + 16;
        long order = 4 * t;
        long experts = width + width + 2 * t * 32;
        long head = width + (width + 2 * t) + width + t + t * 16;
        long backward = width + t + (16 + t * 16 + width) + width + Math.max(t * 32, 4 * width);

        assertThat(StepRoom.peakBytes(batch))
                .isEqualTo(Float.BYTES * (embedding + attention + gate + order + experts + head + backward));
    }

    /** The same with H = 160: two arrays [T, H] until backward, and one in it, which is more than experts and attention take after it. */
    @Test
    void sharedExpertsTakeWhatTheySaveAndWorkIn() {
        long t = 64;
        long width = t * 16;
        StepRoom.Batch without =
                new StepRoom.Batch(t, List.of(t), 1, 16, 1, 32, 0, 16, 1, 1, 2, 16, false, false, false);
        StepRoom.Batch with =
                new StepRoom.Batch(t, List.of(t), 1, 16, 1, 32, 160, 16, 1, 1, 2, 16, false, false, false);

        assertThat(StepRoom.peakBytes(with) - StepRoom.peakBytes(without))
                .isEqualTo(Float.BYTES * (2 * t * 160 + t * 160 - 5 * width));
    }

    /** The one above with a gate: what the shared experts say before it, and three values a token; in backward the same and two. */
    @Test
    void aGateOfSharedExpertsTakesWhatItSavesAndWorksIn() {
        long t = 64;
        long width = t * 16;
        StepRoom.Batch without =
                new StepRoom.Batch(t, List.of(t), 1, 16, 1, 32, 160, 16, 1, 1, 2, 16, false, false, false);
        StepRoom.Batch with = new StepRoom.Batch(
                t, List.of(t), 1, 16, 1, 32, 160, 16, 1, 1, 2, 16, false, false, false, 1, 16, false, true);

        assertThat(StepRoom.peakBytes(with) - StepRoom.peakBytes(without))
                .isEqualTo(Float.BYTES * (width + 3 * t + width + 2 * t));
    }

    /** The first one with four heads, of which all share keys and values 4 wide, and a bias: what attention needs is 24 wide in place of 48. */
    @Test
    void groupedQueriesTakeNarrowerRows() {
        long t = 64;
        long width = t * 16;
        StepRoom.Batch alone = new StepRoom.Batch(t, List.of(t), 1, 16, 4, 32, 0, 16, 1, 1, 2, 16, false, false, false);
        StepRoom.Batch grouped = new StepRoom.Batch(
                t, List.of(t), 1, 16, 4, 32, 0, 16, 1, 1, 2, 16, false, false, false, 1, 4, true, false);

        assertThat(StepRoom.peakBytes(alone) - StepRoom.peakBytes(grouped))
                .isEqualTo(Float.BYTES * (2 * (3 * width - t * 24) - t));
    }

    /** What gradients of weights need stays while rows come back, and while attention works. */
    @Test
    void deferringTakesRoomThatAttentionHadAfterIt() {
        long t = 64;
        long width = t * 16;
        StepRoom.Batch atOnce =
                new StepRoom.Batch(t, List.of(t), 1, 16, 1, 256, 0, 16, 1, 1, 2, 16, false, false, false);
        StepRoom.Batch deferring =
                new StepRoom.Batch(t, List.of(t), 1, 16, 1, 256, 0, 16, 1, 1, 2, 16, false, false, true);

        assertThat(StepRoom.peakBytes(deferring) - StepRoom.peakBytes(atOnce)).isEqualTo(Float.BYTES * 4 * width);
    }

    /** The first one with experts in two shards of F = 16: twice as many rows, what each shard's choice takes, and a sum for each weight. */
    @Test
    void shardsTakeTheRowsThatGoToThem() {
        long t = 64;
        StepRoom.Batch batch =
                new StepRoom.Batch(t, List.of(2 * t), 1, 16, 1, 16, 0, 16, 1, 2, 2, 16, false, false, false);
        long width = t * 16;
        long embedding = 2 * t + width;
        long attention = width + width + (width + 2 * t) + 3 * width + width + 2 * t + (width + 2 * t);
        long gate = 2 * t * 16 + 2 * t + t + 2 * 2 * t + 2 * 16;
        long order = 4 * 2 * t;
        long experts = 2 * width + 2 * width + 2 * 2 * t * 16;
        long head = width + (width + 2 * t) + width + t + t * 16;
        long backward = 2 * width + 2 * t + t + (16 + t * 16 + width) + 2 * width + Math.max(2 * t * 16, 4 * width);

        assertThat(StepRoom.peakBytes(batch))
                .isEqualTo(Float.BYTES * (embedding + attention + gate + order + experts + head + backward));
    }

    @Test
    void recomputingTakesLess() {
        long kept = StepRoom.bytes(batch(8192, 16384, 8, false));
        assertThat(StepRoom.bytes(batch(8192, 16384, 8, true))).isLessThan(kept / 3);
    }

    /** An assignment stays as the received row, the row in expert order, the output, and F values of each of three matrices. */
    @Test
    void oneMoreRowInOneLayerTakesWhatItSaves() {
        StepRoom.Batch even =
                new StepRoom.Batch(512, List.of(1024L, 1024L), 2, 128, 4, 256, 0, 8, 2, 1, 3, 259, false, false, false);
        StepRoom.Batch hot =
                new StepRoom.Batch(512, List.of(2048L, 1024L), 2, 128, 4, 256, 0, 8, 2, 1, 3, 259, false, false, false);
        long saved = 1024L * Float.BYTES * (3 * 128 + 3 * 256 + 1);
        long backward = 1024L * Float.BYTES * (3 * 128 + 2 * 256);

        assertThat(StepRoom.peakBytes(hot) - StepRoom.peakBytes(even)).isBetween(saved, saved + backward);
    }
}
