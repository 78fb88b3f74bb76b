package io.witan.runtime.train.dense;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.gradient.GradientWindows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Backwards of random models by random plans: which bytes leave when. */
class GradientBucketPropertyTest {
    @Property(tries = 500)
    void everyByteLeavesOnceWhenItIsCompleteAndInItsWindow(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int layers) {
        Random random = new Random(seed);
        List<List<ByteRange>> groups = groups(random, layers + 1);
        List<Long> bytes = new ArrayList<>();
        for (int stretch = 0; stretch < 2 * layers; stretch++) {
            bytes.add(16L * random.nextInt(random.nextBoolean() ? 4 : 400));
        }
        GradientWindows windows = new GradientWindows(bytes);

        GradientBucket bucket = new GradientBucket();
        List<ByteRange> complete = new ArrayList<>();
        List<ByteRange> left = new ArrayList<>();
        for (int stretch = 0; stretch < 2 * layers; stretch++) {
            if (stretch % 2 == 0) {
                bucket.add(groups.get(stretch / 2));
                complete.addAll(groups.get(stretch / 2));
            }
            long expected = Math.min(windows.bytesOf(stretch), bytes(complete) - bytes(left));
            List<ByteRange> taken = bucket.take(windows.bytesOf(stretch));
            assertThat(bytes(taken)).isEqualTo(expected);
            assertInside(taken, complete);
            assertApart(taken);
            left.addAll(taken);
        }
        bucket.add(groups.getLast());
        left.addAll(bucket.take(Long.MAX_VALUE));
        assertThat(bucket.bytes()).isZero();
        assertThat(bytes(left))
                .isEqualTo(groups.stream()
                        .mapToLong(GradientBucketPropertyTest::bytes)
                        .sum());
        assertDisjoint(left);
        assertThat(bucket.take(16)).isEmpty();
    }

    /** As parameters lie: the last group first to be complete, each in parts with vectors of others between them at times. */
    private static List<List<ByteRange>> groups(Random random, int count) {
        List<List<ByteRange>> groups = new ArrayList<>();
        long at = 4L * random.nextInt(100);
        for (int group = 0; group < count; group++) {
            List<ByteRange> ranges = new ArrayList<>();
            for (int tensor = random.nextInt(4); tensor >= 0; tensor--) {
                at += random.nextInt(4) == 0 ? 4L * random.nextInt(10) : 0;
                long end = at + 4L * (1 + random.nextInt(500));
                ranges.add(new ByteRange(at, end));
                at = end;
            }
            Collections.shuffle(ranges, random);
            groups.add(ranges);
        }
        Collections.reverse(groups);
        return groups;
    }

    private static long bytes(List<ByteRange> ranges) {
        return ranges.stream().mapToLong(ByteRange::bytes).sum();
    }

    private static void assertInside(List<ByteRange> taken, List<ByteRange> complete) {
        for (ByteRange range : taken) {
            long inside = complete.stream()
                    .mapToLong(of -> Math.max(0, Math.min(of.to(), range.to()) - Math.max(of.from(), range.from())))
                    .sum();
            assertThat(inside).isEqualTo(range.bytes());
            assertThat(range.from() % Float.BYTES).isZero();
            assertThat(range.to() % Float.BYTES).isZero();
        }
    }

    /** Neighbours are one range. */
    private static void assertApart(List<ByteRange> taken) {
        for (int i = 1; i < taken.size(); i++) {
            assertThat(taken.get(i).to()).isLessThan(taken.get(i - 1).from());
        }
    }

    private static void assertDisjoint(List<ByteRange> ranges) {
        for (ByteRange one : ranges) {
            assertThat(ranges)
                    .filteredOn(other -> other != one)
                    .allMatch(other -> other.to() <= one.from() || other.from() >= one.to());
        }
    }
}
