package io.witan.models.merge;

import java.nio.file.Path;
import java.util.List;

/** A program that merges two runs by {@link Ties}: base, first, second, folder to make. */
public final class SmallHeapMerge {
    private SmallHeapMerge() {}

    public static void main(String[] paths) {
        try (ModelMerge merge = ModelMerge.open(Path.of(paths[0]), List.of(Path.of(paths[1]), Path.of(paths[2])))) {
            merge.write(Path.of(paths[3]), new Ties(0.2, 1), "test");
        }
    }
}
