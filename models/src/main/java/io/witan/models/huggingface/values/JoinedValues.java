package io.witan.models.huggingface.values;

import java.util.List;

/** Tensors whose rows are rows of one. */
final class JoinedValues implements Values {
    private final Values[] parts;
    private final long[] ends;

    JoinedValues(List<Values> parts) {
        this.parts = parts.toArray(Values[]::new);
        this.ends = new long[this.parts.length];
        long end = 0;
        for (int i = 0; i < ends.length; i++) {
            end += this.parts[i].count();
            ends[i] = end;
        }
    }

    @Override
    public long count() {
        return ends[ends.length - 1];
    }

    @Override
    public float get(long index) {
        int part = 0;
        while (index >= ends[part]) {
            part++;
        }
        return parts[part].get(part == 0 ? index : index - ends[part - 1]);
    }
}
