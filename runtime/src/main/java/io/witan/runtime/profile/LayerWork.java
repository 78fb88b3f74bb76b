package io.witan.runtime.profile;

/** What a rank computes in one layer of the run, to be timed; no communication. Each call returns when the result is there. */
public interface LayerWork {
    /** Before {@link #forwardExperts}: experts of which ranks have slices come together on their owners. All ranks together. */
    void bringExperts();

    /** After it. */
    void dropExperts();

    /** Forward of all that comes before the routed experts, shared ones included, for this rank's rows of a micro-batch. */
    void forwardAttention();

    /**
     * Forward of the owned experts, for this rank's mean share of a micro-batch, spread evenly.
     *
     * @return number of assignments; 0 if there are none
     */
    int forwardExperts();
}
