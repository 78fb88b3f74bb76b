package io.witan.scheduler.simulate.fsmoe;

/**
 * A transformer layer with experts. Heads don't enter: attention's time has no term of theirs that two measured rows could give.
 *
 * @param batch samples of a node
 * @param sequence tokens of a sample
 * @param width M
 * @param hidden H of an expert
 * @param capacity k x f; 1 where no token is dropped and k = 1
 * @param experts kind of expert
 * @param keyValueShare heads of keys (and of values) over heads of queries
 */
public record LayerShape(
        int batch, int sequence, int width, int hidden, double capacity, Experts experts, double keyValueShare) {
    /** What an expert is. */
    public enum Experts {
        /** Two matrices, M to H to M; attention with as many heads of keys as of queries. */
        SIMPLE(2),
        /** Three matrices with a gate, as in Mixtral. */
        GATED(3);

        private final int products;

        Experts(int products) {
            this.products = products;
        }
    }

    double tokens() {
        return (double) batch * sequence;
    }

    /** Elements of the tokens that go to experts, with capacity. */
    double routedElements() {
        return capacity * tokens() * width;
    }

    /** Multiply-adds of all experts' products on one rank, forward. */
    double expertWork(int ranksPerNode) {
        return routedElements() * hidden / ranksPerNode * experts.products;
    }

    /** Multiply-adds of the projections before attention on one rank. */
    double projectionInWork(int ranksPerNode) {
        return tokens() * (1 + 2 * keyValueShare) * width * width / ranksPerNode;
    }

    /** Multiply-adds of scores and of their product with values on one rank, no mask taken into account. */
    double coreWork(int ranksPerNode) {
        return tokens() * 2 * sequence * width / ranksPerNode;
    }

    /** Multiply-adds of the projection after attention on one rank. */
    double projectionOutWork(int ranksPerNode) {
        return tokens() * width * width / ranksPerNode;
    }

    double attentionWork(int ranksPerNode) {
        return projectionInWork(ranksPerNode) + coreWork(ranksPerNode) + projectionOutWork(ranksPerNode);
    }

    /** Elements of dense gradients on one rank; experts have no copies, so their gradients don't travel. */
    double gradientElements(int ranksPerNode) {
        double squared = (double) width * width;
        double matrices = (2 + 2 * keyValueShare) * squared / ranksPerNode;
        return experts == Experts.GATED ? matrices : matrices + 3.0 * width / ranksPerNode + width;
    }
}
