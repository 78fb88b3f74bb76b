package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.RowBatch;
import io.witan.models.jiuzhang.collate.SecondPass;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows of the second pass of a batch.
 *
 * @param rows filled with what the first pass told
 * @param passes their numbers in the batch
 */
record SecondRows(List<Row> rows, int[] passes) {
    /** @param told of each row of the batch the most likely ids at its blanks */
    static SecondRows of(RowBatch batch, int[][] told, SecondPass secondPass) {
        int[] numbers = IntStream.range(0, batch.all().size())
                .filter(row -> batch.all().get(row).second() != null)
                .toArray();
        int[] first = batch.firstPasses();
        return new SecondRows(
                IntStream.of(numbers)
                        .mapToObj(row -> secondPass.of(batch.all().get(row), told[row]))
                        .toList(),
                IntStream.of(numbers).map(row -> first[row] + 1).toArray());
    }
}
