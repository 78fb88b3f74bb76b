package io.witan.runtime.train.dense;

/** Bytes of the flat dense gradient: {@code from} up to but without {@code to}. */
record ByteRange(long from, long to) {
    long bytes() {
        return to - from;
    }
}
