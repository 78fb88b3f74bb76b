package io.witan.models.huggingface.values;

import io.witan.runtime.checkpoint.Dtype;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The values of a tensor in row-major order, widened to fp32, which all types of {@link NumberFormat} are exactly. */
public interface Values {
    long count();

    /** @param index from 0 to {@link #count} - 1 */
    float get(long index);

    /** Values of a file. */
    static Values stored(MemorySegment data, Dtype dtype) {
        return new StoredValues(data, NumberFormat.of(dtype));
    }

    /** One behind the other. */
    static Values joined(List<Values> parts) {
        return parts.size() == 1 ? parts.getFirst() : new JoinedValues(parts);
    }

    /** Values first .. first + count - 1 of these. */
    default Values part(long first, long count) {
        if (first < 0 || count < 0 || first + count > count()) {
            throw new IndexOutOfBoundsException("values " + first + " to " + (first + count) + " of " + count());
        }
        Values whole = this;
        return new Values() {
            @Override
            public long count() {
                return count;
            }

            @Override
            public float get(long index) {
                return whole.get(first + index);
            }
        };
    }

    /**
     * Rows as columns.
     *
     * @param rows of these values, which are [rows, count / rows]
     */
    default Values transposed(long rows) {
        long cols = count() / rows;
        Values whole = this;
        return new Values() {
            @Override
            public long count() {
                return whole.count();
            }

            @Override
            public float get(long index) {
                return whole.get(index % rows * cols + index / rows);
            }
        };
    }
}
