package io.witan.benchmarks.gpu;

/**
 * One operation that is timed. Operands may lie in several sets, which take turns so that no call finds its own in the cache.
 *
 * @param operation its name in tables, and in those of the peers
 * @param work that it has to do at least
 * @param sets 1 or more
 */
record Case(String operation, Work work, int sets, Steps steps) {
    /**
     * @param flops operations of matrix products, a multiplication and an addition each; 0 if there are none
     * @param bytes read and written, each once; 0 if they do not count
     */
    record Work(double flops, double bytes) {
        static Work flops(double flops) {
            return new Work(flops, 0);
        }

        static Work bytes(double bytes) {
            return new Work(0, bytes);
        }
    }

    /** What is queued, and the check of its result. */
    interface Steps {
        /** Queues what must come before a call, outside of the time. */
        default void prepare(int set) {}

        /** Queues the operation. */
        void call(int set);

        /** Fills outputs with what no result is, calls, and compares; throws {@link WrongResultException}. */
        void check(int set);
    }
}
