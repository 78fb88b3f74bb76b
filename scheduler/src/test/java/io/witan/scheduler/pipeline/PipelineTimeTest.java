package io.witan.scheduler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.lanes.Contention;
import org.junit.jupiter.api.Test;

class PipelineTimeTest {
    @Test
    void twoChunksByHand() {
        // D at 2, 4; AG at 3, 5; E at 6, 9; RS at 7, 10; then GAR 4 .. 5 and C at 9, 12.
        ChunkTimes chunk = new ChunkTimes(2, 2, 1, 3, 1);
        assertThat(PipelineTime.idealMs(chunk, 1)).isEqualTo(12);
        assertThat(PaperCase.of(chunk, 1)).isEqualTo(PaperCase.EXPERTS);
        // GAR 4 .. 14, C at 16, 18.
        assertThat(PipelineTime.idealMs(chunk, 10)).isEqualTo(18);
        assertThat(PaperCase.of(chunk, 10)).isEqualTo(PaperCase.NETWORK);
        assertThat(PipelineTime.windowMs(chunk)).isEqualTo(4);
    }

    @Test
    void eachCaseHasItsExample() {
        assertThat(PaperCase.of(new ChunkTimes(4, 3, 1, 1, 1), 0)).isEqualTo(PaperCase.ALL_TO_ALL);
        assertThat(PipelineTime.idealMs(new ChunkTimes(4, 3, 1, 1, 1), 0)).isEqualTo(26);
        assertThat(PaperCase.of(new ChunkTimes(4, 1, 3, 1, 3), 0)).isEqualTo(PaperCase.INSIDE_NODE);
        assertThat(PipelineTime.idealMs(new ChunkTimes(4, 1, 3, 1, 3), 0)).isEqualTo(26);
        assertThat(PaperCase.of(new ChunkTimes(4, 1, 1, 9, 1), 0)).isEqualTo(PaperCase.EXPERTS);
        assertThat(PipelineTime.idealMs(new ChunkTimes(4, 1, 1, 9, 1), 0)).isEqualTo(40);
    }

    @Test
    void aLayerThatDoesNothingTakesNoTime() {
        ChunkTimes nothing = new ChunkTimes(3, 0, 0, 0, 0);
        assertThat(PipelineTime.idealMs(nothing, 0)).isZero();
        assertThat(PipelineTime.idealMs(nothing, 5)).isEqualTo(5);
        assertThat(PaperCase.largestMs(nothing, 5)).isEqualTo(5);
        assertThat(PipelineTime.ms(nothing, 0, Contention.uniform(0.5))).isZero();
    }

    @Test
    void oneChunkIsSerial() {
        ChunkTimes chunk = new ChunkTimes(1, 2, 3, 5, 7);
        assertThat(PipelineTime.idealMs(chunk, 0)).isEqualTo(19).isEqualTo(chunk.serialMs());
        assertThat(PipelineTime.ms(chunk, 0, Contention.uniform(0.7))).isCloseTo(19, within(1e-12));
    }

    @Test
    void oneLaneByHand() {
        // D+AG at 3, 6; E at 6, 9; RS+C at 9, 12.
        assertThat(PipelineTime.oneLaneGraph(new ChunkTimes(2, 2, 1, 3, 1), 0)
                        .run(Contention.NONE)
                        .makespanMs())
                .isEqualTo(12);
    }

    @Test
    void backwardOfExpertsIsTwiceAndCollectivesChangePlaces() {
        MoeWork work = new MoeWork(
                new MoeWork.Part(new LinearTime(1, 2), 10),
                new MoeWork.Part(new LinearTime(3, 4), 20),
                new MoeWork.Part(new LinearTime(5, 6), 30),
                new MoeWork.Part(new LinearTime(7, 8), 40));
        ChunkTimes forward = work.chunk(2);
        ChunkTimes backward = work.backward().chunk(2);
        assertThat(forward).isEqualTo(new ChunkTimes(2, 11, 43, 95, 167));
        assertThat(backward).isEqualTo(new ChunkTimes(2, 11, 167, 190, 43));
    }

    @Test
    void wrongChunksAreRefused() {
        assertThatThrownBy(() -> new ChunkTimes(0, 1, 1, 1, 1)).hasMessageContaining("degree 1 or more");
        assertThatThrownBy(() -> new ChunkTimes(1, -1, 1, 1, 1)).hasMessageContaining("-1.0");
        assertThatThrownBy(() -> new ChunkTimes(1, Double.NaN, 1, 1, 1)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> PipelineTime.idealMs(new ChunkTimes(1.5, 1, 1, 1, 1), 0))
                .hasMessageContaining("1.5 chunks");
        assertThatThrownBy(() -> new MoeWork.Part(LinearTime.ZERO, -1)).hasMessageContaining("-1.0");
    }
}
