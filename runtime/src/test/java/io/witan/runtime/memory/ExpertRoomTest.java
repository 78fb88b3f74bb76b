package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.memory.ExpertRoom.Layer;
import io.witan.runtime.memory.ExpertRoom.Peak;
import org.junit.jupiter.api.Test;

/** Each figure counted by hand along a step: forward of all layers, then backward from the last. */
final class ExpertRoomTest {
    private static Layer[] layers(int count, Layer layer) {
        Layer[] layers = new Layer[count];
        java.util.Arrays.fill(layers, layer);
        return layers;
    }

    @Test
    void ownedExpertsAloneTakeTheirGradients() {
        assertThat(ExpertRoom.of(layers(3, new Layer(4, 0, 0, true)), 1)).isEqualTo(new Peak(12, 0, 12));
        assertThat(ExpertRoom.of(layers(3, new Layer(4, 0, 0, true)), 3)).isEqualTo(new Peak(12, 0, 12));
    }

    /** Six of each layer come and stay; backward of the last layer adds six gradients, that of the first has six copies less, six more. */
    @Test
    void assembledExpertsOfTwoLayersTakeThreeTimesALayer() {
        assertThat(ExpertRoom.of(layers(2, new Layer(0, 6, 6, true)), 1)).isEqualTo(new Peak(12, 12, 18));
    }

    @Test
    void withSeveralMicroBatchesGradientsOfAllLayersStayBesideAllCopies() {
        assertThat(ExpertRoom.of(layers(4, new Layer(2, 3, 3, true)), 2)).isEqualTo(new Peak(20, 12, 32));
        assertThat(ExpertRoom.of(layers(4, new Layer(2, 3, 3, false)), 2)).isEqualTo(new Peak(20, 12, 23));
    }

    /** One micro-batch, four layers: at the first layer 8 own, 3 + 3 gradients of copies, and its 3 copies. */
    @Test
    void releasedCopiesTakeTheRoomOfOneLayer() {
        assertThat(ExpertRoom.of(layers(4, new Layer(2, 3, 3, false)), 1)).isEqualTo(new Peak(14, 6, 17));
    }

    /** At the third layer: copies of three layers 9, own gradients of two 4, of copies 6; at the first: 3, 8, 6; at the last: 12, 2, 3. */
    @Test
    void keptCopiesGoWhileOwnGradientsCome() {
        assertThat(ExpertRoom.of(layers(4, new Layer(2, 3, 3, true)), 1)).isEqualTo(new Peak(14, 6, 19));
    }

    /** The first layer releases its five, the second keeps its one: forward 5, then 0 + 1; backward 1 + 1, then 5 + 1 + 5. */
    @Test
    void layersMayDiffer() {
        Layer[] layers = {new Layer(0, 5, 5, false), new Layer(0, 1, 1, true)};
        assertThat(ExpertRoom.of(layers, 1)).isEqualTo(new Peak(6, 6, 11));
    }

    @Test
    void copiesReadInPlaceTakeGradientsAlone() {
        assertThat(ExpertRoom.of(layers(3, new Layer(1, 0, 2, true)), 1)).isEqualTo(new Peak(7, 4, 7));
    }
}
