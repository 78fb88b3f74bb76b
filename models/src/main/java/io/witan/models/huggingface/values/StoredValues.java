package io.witan.models.huggingface.values;

import java.lang.foreign.MemorySegment;

/** Of a tensor as it lies in a mapped file. */
record StoredValues(MemorySegment data, NumberFormat format) implements Values {
    @Override
    public long count() {
        return data.byteSize() / format.dtype().byteSize();
    }

    @Override
    public float get(long index) {
        return format.read(data, index);
    }
}
