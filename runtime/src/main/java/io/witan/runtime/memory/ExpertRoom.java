package io.witan.runtime.memory;

import java.util.Arrays;

/**
 * Most buffers of whole experts that one rank uses at once in a step, worked out without taking any: forward through the layers, backward
 * from the last to the first, for each micro-batch, as {@link io.witan.runtime.fssdp.LayerExperts} takes and gives them back.
 */
public final class ExpertRoom {
    /** A layer's reduction runs while the layer before it computes its gradients. */
    private static final int GRADIENT_LAYERS = 2;

    private ExpertRoom() {}

    /**
     * What one layer's experts take in buffers.
     *
     * @param owned experts whose gradients stay until the step ends: those that the rank owns; 0 where ranks have slices
     * @param copies buffers for parameters: of copies that are not read in place; where ranks have slices, of all experts that it holds
     * @param gradients buffers for gradients of copies, which are free once they are reduced
     * @param keeps whether copies stay from forward to backward
     */
    public record Layer(int owned, int copies, int gradients, boolean keeps) {}

    /**
     * @param gradients most buffers for gradients at once, of owned experts and of copies
     * @param copyGradients most of these for copies
     * @param all most buffers at once, gradients and copies
     */
    public record Peak(long gradients, long copyGradients, long all) {}

    /** @param microBatches of the step: with several, gradients of all layers stay until the last one */
    public static Peak of(Layer[] layers, int microBatches) {
        long gradients = 0;
        long copyGradients = 0;
        long all = forward(layers);
        for (int l = layers.length - 1; l >= 0; l--) {
            int first = microBatches > 1 ? 0 : l;
            int behind = microBatches > 1 ? layers.length : Math.min(layers.length, l + GRADIENT_LAYERS);
            long own = Arrays.stream(layers, first, layers.length)
                    .mapToLong(Layer::owned)
                    .sum();
            long copied = Arrays.stream(layers, first, behind)
                    .mapToLong(Layer::gradients)
                    .sum();
            long here = kept(layers, microBatches > 1 ? layers.length : l + 1)
                    + (layers[l].keeps() ? 0 : layers[l].copies());
            gradients = Math.max(gradients, own + copied);
            copyGradients = Math.max(copyGradients, copied);
            all = Math.max(all, own + copied + here);
        }
        return new Peak(gradients, copyGradients, all);
    }

    private static long forward(Layer[] layers) {
        long most = 0;
        for (int l = 0; l < layers.length; l++) {
            most = Math.max(most, kept(layers, l) + layers[l].copies());
        }
        return most;
    }

    /** Copies of the first layers that stay. */
    private static long kept(Layer[] layers, int count) {
        return Arrays.stream(layers, 0, count)
                .filter(Layer::keeps)
                .mapToLong(Layer::copies)
                .sum();
    }
}
