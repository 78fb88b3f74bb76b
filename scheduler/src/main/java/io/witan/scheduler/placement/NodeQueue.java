package io.witan.scheduler.placement;

/** Nodes by a key and number, the lowest on top: a binary heap, children of i are 2i + 1 and 2i + 2. One thread. */
final class NodeQueue {
    private final long[] heap;
    private final int nodes;
    private int size;

    NodeQueue(int nodes) {
        this.nodes = nodes;
        this.heap = new long[nodes];
    }

    /** @param key 0 or more; key x nodes fits in 63 bits */
    void add(int node, long key) {
        long added = key * nodes + node;
        int at = size++;
        while (at > 0 && heap[(at - 1) / 2] > added) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = added;
    }

    void clear() {
        size = 0;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Takes the first node out. */
    int poll() {
        int first = (int) (heap[0] % nodes);
        long last = heap[--size];
        int at = 0;
        int child = 1;
        while (child < size) {
            child += child + 1 < size && heap[child + 1] < heap[child] ? 1 : 0;
            if (heap[child] >= last) {
                break;
            }
            heap[at] = heap[child];
            at = child;
            child = 2 * at + 1;
        }
        heap[at] = last;
        return first;
    }
}
