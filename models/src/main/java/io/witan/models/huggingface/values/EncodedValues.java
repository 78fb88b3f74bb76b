package io.witan.models.huggingface.values;

import io.witan.runtime.checkpoint.StreamedTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of values in a format. */
public record EncodedValues(Values values, NumberFormat format) implements StreamedTensor.Content {
    @Override
    public long byteSize() {
        return values.count() * format.dtype().byteSize();
    }

    @Override
    public void copy(long from, byte[] to, int length) {
        int size = format.dtype().byteSize();
        ByteBuffer buffer = ByteBuffer.wrap(to, 0, length).order(ByteOrder.LITTLE_ENDIAN);
        for (long index = from / size; buffer.hasRemaining(); index++) {
            format.put(buffer, values.get(index));
        }
    }
}
