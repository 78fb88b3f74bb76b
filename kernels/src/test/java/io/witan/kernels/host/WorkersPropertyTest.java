package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class WorkersPropertyTest {
    @Property(tries = 60)
    void everyElementIsDoneOnce(
            @ForAll @IntRange(min = 1, max = 4) int threads, @ForAll @IntRange(max = 120_000) int count) {
        AtomicIntegerArray done = new AtomicIntegerArray(count);
        try (Workers workers = new Workers(threads)) {
            workers.elements(count, (from, to) -> {
                for (long i = from; i < to; i++) {
                    done.incrementAndGet((int) i);
                }
            });
            workers.rows(count, 100, (from, to) -> {
                for (long i = from; i < to; i++) {
                    done.incrementAndGet((int) i);
                }
            });
        }
        for (int i = 0; i < count; i++) {
            assertThat(done.get(i)).isEqualTo(2);
        }
    }
}
