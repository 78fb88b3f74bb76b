package io.witan.runtime.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Four ranks that save checkpoints one after another, and say before and after each. They are meant to be killed. */
final class CheckpointChild {
    private static final int RANKS = 4;
    private static final int FILES = 12;
    private static final int FLOATS = 20_000;
    private static final int KEEP = 2;

    private CheckpointChild() {}

    public static void main(String[] arguments) {
        CheckpointStore store = new CheckpointStore(Path.of(arguments[0]), KEEP);
        long step = Long.parseLong(arguments[1]);
        while (true) {
            say("saving " + step);
            store.prepare(step);
            long saved = step;
            List<FileRecord> files = IntStream.range(0, RANKS)
                    .parallel()
                    .mapToObj(rank -> written(store.stage(saved), rank, saved))
                    .flatMap(List::stream)
                    .toList();
            store.publish(TestTensors.manifest(step, files));
            say("saved " + step);
            step++;
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static List<FileRecord> written(Staging staging, int rank, long step) {
        List<FileRecord> files = new ArrayList<>();
        for (int file = rank; file < FILES; file += RANKS) {
            files.add(staging.write(
                    CheckpointNames.expertFile(0, file), List.of(TestTensors.f32("w" + file, values(file, step)))));
        }
        return files;
    }

    private static float[] values(int file, long step) {
        float[] values = new float[FLOATS];
        Arrays.fill(values, 1000 * step + file);
        return values;
    }

    /** Whether a checkpoint holds exactly what is written for its step. */
    static boolean isWhole(Checkpoint checkpoint) {
        checkpoint.verify();
        float[] found = new float[FLOATS];
        for (int file = 0; file < FILES; file++) {
            checkpoint.read("w" + file, MemorySegment.ofArray(found));
            if (!Arrays.equals(found, values(file, checkpoint.manifest().step()))) {
                return false;
            }
        }
        return checkpoint.tensorNames().size() == FILES;
    }
}
