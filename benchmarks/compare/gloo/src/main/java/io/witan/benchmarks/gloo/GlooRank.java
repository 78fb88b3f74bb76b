package io.witan.benchmarks.gloo;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_gloo;

/**
 * The process of one rank; rank 0 prints a JSON object a line. Arguments: {@code RANK RANKS FILE MIN MAX FACTOR SECONDS_PER_LINE
 * WARMUP ZIPF OP,...}, where FILE, which must not be there at first, is how the ranks find each other. Without arguments: unpacks
 * libtorch into JavaCPP's cache, which several processes cannot do at once.
 */
public final class GlooRank {
    private static final String ADDRESS = "127.0.0.1";
    private static final int GLOO_THREADS = 2;
    private static final int DEADLINE_MS = 30_000;
    private static final int LEAST_ITERATIONS = 9;
    private static final int MOST_ITERATIONS = 4000;
    private static final int ESTIMATING_ITERATIONS = 3;
    private static final int RUN_IN_BATCH = 50;
    private static final int MOST_RUN_IN_BATCHES = 400;
    private static final double RUN_IN_SECONDS = 1.5;
    private static final int WRONG_RESULT = 9;
    private static final double NS_PER_US = 1e3;
    private static final double NS_PER_SECOND = 1e9;

    private final ProcessGroupGloo gloo;
    private final int rank;
    private final int ranks;
    private final int warmup;
    private final double secondsPerLine;
    private final TensorVector token = new TensorVector(torch.zeros(1));
    private GlooOp lastOp;

    private GlooRank(int rank, int ranks, String meetingFile, int warmup, double secondsPerLine) {
        this.rank = rank;
        this.ranks = ranks;
        this.warmup = warmup;
        this.secondsPerLine = secondsPerLine;
        ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(new Milliseconds(DEADLINE_MS));
        options.devices().push_back(ProcessGroupGloo.createDeviceForHostname(ADDRESS));
        options.threads(GLOO_THREADS);
        this.gloo = new ProcessGroupGloo(new FileStore(meetingFile, ranks), rank, ranks, options);
    }

    public static void main(String[] words) {
        if (words.length == 0) {
            Loader.load(torch.class);
            Loader.load(torch_gloo.class);
            return;
        }
        if (words.length != 10) {
            System.err.println("usage: GlooRank RANK RANKS FILE MIN MAX FACTOR SECONDS_PER_LINE WARMUP ZIPF OP,...");
            System.exit(2);
        }
        List<GlooOp> ops = new ArrayList<>();
        for (String label : words[9].split(",")) {
            ops.add(GlooOp.of(label));
        }
        torch.set_num_threads(1);
        Loader.load(torch_gloo.class);
        GlooRank self = new GlooRank(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                words[2],
                Integer.parseInt(words[7]),
                Double.parseDouble(words[6]));
        double zipf = Double.parseDouble(words[8]);
        double wrong = 0;
        for (GlooOp op : ops) {
            long before = -1;
            for (long size = Long.parseLong(words[3]);
                    size <= Long.parseLong(words[4]);
                    size *= Long.parseLong(words[5])) {
                long floats = op.roundedFloats(size, self.ranks);
                wrong += floats == before ? 0 : self.measure(op, floats, op.split(floats, self.ranks, zipf));
                before = floats;
            }
        }
        self.barrier();
        System.out.flush();
        // Gloo's threads would keep the process, and its destructors wait for peers that have gone.
        Runtime.getRuntime().halt(wrong == 0 ? 0 : WRONG_RESULT);
    }

    private double measure(GlooOp op, long floats, long[] part) {
        try (PointerScope _ = new PointerScope()) {
            GlooLine line = new GlooLine(gloo, op, rank, floats, part);
            double wrong = check(line);
            line.zero();
            if (op != lastOp) {
                runIn(line);
            }
            lastOp = op;
            time(line, warmup);
            long start = System.nanoTime();
            time(line, ESTIMATING_ITERATIONS);
            double each = (System.nanoTime() - start) / NS_PER_SECOND / ESTIMATING_ITERATIONS;
            double fitting = Math.clamp(Math.floor(secondsPerLine / each), LEAST_ITERATIONS, MOST_ITERATIONS);
            double[] longest = longestOverRanks(time(line, (int) ofRankZero(fitting)));
            wrong += check(line);
            if (rank == 0) {
                print(op, line, longest, wrong);
            }
            return wrong;
        }
    }

    /** Before an operation's first line, as long as Witan's ranks do (LineTimer): both run on a JVM. */
    private void runIn(GlooLine line) {
        long end = System.nanoTime() + (long) (RUN_IN_SECONDS * NS_PER_SECOND);
        for (int batch = 0; batch < MOST_RUN_IN_BATCHES; batch++) {
            time(line, RUN_IN_BATCH);
            if (ofRankZero(System.nanoTime() < end ? 1 : 0) == 0) {
                return;
            }
        }
    }

    /** Wrong floats over all ranks. */
    private double check(GlooLine line) {
        line.fill();
        barrier();
        line.run();
        double wrong = 0;
        for (float here : ofAllRanks(new float[] {line.wrong()})) {
            wrong += here;
        }
        return wrong;
    }

    /** Microseconds. */
    private float[] time(GlooLine line, int iterations) {
        float[] times = new float[iterations];
        for (int i = 0; i < iterations; i++) {
            barrier();
            long start = System.nanoTime();
            line.run();
            times[i] = (float) ((System.nanoTime() - start) / NS_PER_US);
        }
        return times;
    }

    /** An all-reduce of one float: Gloo's own barrier takes as long. */
    private void barrier() {
        GlooLine.await(gloo.allreduce(token));
    }

    private double ofRankZero(double value) {
        return ofAllRanks(new float[] {(float) value})[0];
    }

    /** Sorted. */
    private double[] longestOverRanks(float[] times) {
        float[] all = ofAllRanks(times);
        double[] longest = new double[times.length];
        for (int i = 0; i < all.length; i++) {
            longest[i % times.length] = Math.max(longest[i % times.length], all[i]);
        }
        Arrays.sort(longest);
        return longest;
    }

    private float[] ofAllRanks(float[] own) {
        try (PointerScope _ = new PointerScope()) {
            Tensor send = torch.zeros(own.length);
            Tensor recv = torch.zeros((long) own.length * ranks);
            MemorySegment.copy(own, 0, GlooLine.memory(send), JAVA_FLOAT, 0, own.length);
            GlooLine.await(gloo._allgather_base(recv, send));
            return GlooLine.memory(recv).toArray(JAVA_FLOAT);
        }
    }

    private void print(GlooOp op, GlooLine line, double[] sortedUs, double wrong) {
        int last = sortedUs.length - 1;
        int p99 = Math.min(last, (int) Math.ceil(0.99 * sortedUs.length) - 1);
        double median = sortedUs[sortedUs.length / 2];
        double algbw = line.bytes() / median / NS_PER_US;
        System.out.printf(
                Locale.ROOT,
                "{\"op\":\"%s\",\"bytes\":%d,\"count\":%d,\"ranks\":%d,\"nodes\":1,\"dtype\":\"fp32\",\"in_place\":%b,"
                        + "\"transport\":\"gloo\",\"idle\":\"block\",\"iters\":%d,\"p50_us\":%.3f,\"p99_us\":%.3f,"
                        + "\"max_us\":%.3f,\"algbw_gbs\":%.4f,\"busbw_gbs\":%.4f,\"wrong\":%.0f}%n",
                op.label(),
                line.bytes(),
                line.count(),
                ranks,
                op.isInPlace(),
                sortedUs.length,
                median,
                sortedUs[p99],
                sortedUs[last],
                algbw,
                algbw * op.busFactor(ranks),
                wrong);
        System.out.flush();
    }
}
