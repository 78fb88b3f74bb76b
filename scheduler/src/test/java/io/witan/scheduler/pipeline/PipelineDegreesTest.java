package io.witan.scheduler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineDegreesTest {
    @Test
    void shouldComputeInAsManyPiecesAsTheLarger() {
        assertThat(new PipelineDegrees(2, 6).pieces()).isEqualTo(6);
        assertThat(new PipelineDegrees(4, 1).pieces()).isEqualTo(4);
        assertThat(PipelineDegrees.SERIAL.pieces()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            0  | 1 | pipeline degrees 0 (forward) and 1 (backward): allowed are 1..64
            1  | 65 | pipeline degrees 1 (forward) and 65 (backward): allowed are 1..64
            2  | 3 | pipeline degrees 2 (forward) and 3 (backward): one must divide the other
            """)
    void shouldRefuseDegreesThatDoNotFit(int forward, int backward, String message) {
        assertThatThrownBy(() -> new PipelineDegrees(forward, backward)).hasMessage(message);
    }
}
