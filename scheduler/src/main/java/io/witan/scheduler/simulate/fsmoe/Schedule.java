package io.witan.scheduler.simulate.fsmoe;

/** What a layer takes under a system, in the middle of a model and at its ends. */
interface Schedule {
    /** Forward of one layer. */
    double forwardMs();

    /** Backward of one layer, with the gradients of the layer before it in backward. */
    double backwardMs();

    /** Backward of the first layer in backward, before which there are no gradients. */
    double backwardAloneMs();

    /** All-reduce of the last layer in backward, after everything. */
    double lastGradientsMs();

    default double layerMs() {
        return forwardMs() + backwardMs();
    }

    default double modelMs(int layers) {
        return layers * forwardMs() + (layers - 1) * backwardMs() + backwardAloneMs() + lastGradientsMs();
    }
}
