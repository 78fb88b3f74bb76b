package io.witan.models.merge;

import java.nio.file.Path;
import java.util.List;

/** A program that merges two runs by what passes over them most: base, first, second, beginning of the names of folders to make. */
public final class SmallHeapMerge {
    private SmallHeapMerge() {}

    public static void main(String[] paths) {
        Path twin = Path.of(paths[3] + "-twin");
        try (ModelMerge merge = ModelMerge.open(Path.of(paths[0]), List.of(Path.of(paths[1]), Path.of(paths[2])))) {
            merge.write(Path.of(paths[3] + "-ties"), new Ties(0.2, 1), "test");
            merge.write(Path.of(paths[3] + "-pcb"), new CompetitionBalancing(0.2, 1), "test");
            merge.writeTwin(twin, 0.2, "test");
        }
        try (TwinModel model = TwinModel.open(twin)) {
            model.write(Path.of(paths[3] + "-composed"), new WeightedSum(List.of(0.5, 0.5)), "test");
        }
    }
}
