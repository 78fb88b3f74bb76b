package io.witan.runtime.profile;

/** What a rank computes in one layer of the run, to be timed; no communication. Each call returns when the result is there. */
public interface LayerWork {
    /** Before {@link #experts}: layers take up a step, and experts of which ranks have slices come together on their owners. All ranks together. */
    void bringExperts();

    /** After it: the step ends, and nothing has changed. */
    void dropExperts();

    /** Forward of all that comes before the routed experts, shared ones included, for this rank's rows of a micro-batch. */
    void forwardAttention();

    /** This rank's mean share of a micro-batch. */
    int assignments();

    /**
     * The owned experts, with rows spread evenly.
     *
     * @param assignments 1 to {@link #assignments}
     * @return null if this rank owns no expert
     */
    Experts experts(int assignments);

    /** Some rows' way through the experts, in the arena: closed before what came before it in there is released. */
    interface Experts extends AutoCloseable {
        void forward();

        /** After {@link #forward}: gradients of rows. */
        void backward();

        /** After {@link #backward}: gradients of weights, which are added to those of earlier calls. */
        void addWeights();

        @Override
        void close();
    }
}
