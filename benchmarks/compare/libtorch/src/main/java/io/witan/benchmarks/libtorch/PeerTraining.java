package io.witan.benchmarks.libtorch;

import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Prints a JSON object a step, with the keys of Witan's metrics. */
public final class PeerTraining {
    private static final double LEARNING_RATE = 3e-4;
    private static final double EPSILON = 1e-8;
    private static final long TOKEN_SEED = 7;
    private static final int ROW = PeerModel.POSITIONS + 1;

    private PeerTraining() {}

    /** @param args threads of libtorch itself, steps */
    public static void main(String[] args) {
        torch.set_num_threads(Integer.parseInt(args[0]));
        int steps = Integer.parseInt(args[1]);
        PeerModel model = new PeerModel();
        AdamOptions options = new AdamOptions(LEARNING_RATE);
        options.eps().put(EPSILON);
        Adam adam = new Adam(model.parameters(), options);
        Draws draws = new Draws(TOKEN_SEED);
        for (int step = 1; step <= steps; step++) {
            long[] inputs = new long[PeerModel.BATCH * PeerModel.POSITIONS];
            long[] targets = new long[inputs.length];
            fill(draws, inputs, targets);
            long begin = System.nanoTime();
            float loss = train(model, adam, inputs, targets);
            double seconds = (System.nanoTime() - begin) * 1e-9;
            System.out.printf(
                    Locale.ROOT,
                    "{\"step\": %d, \"loss\": %.9g, \"tokens_per_s\": %.3f}%n",
                    step,
                    loss,
                    inputs.length / seconds);
        }
        // libtorch's threads outlive main.
        System.exit(0);
    }

    private static void fill(Draws draws, long[] inputs, long[] targets) {
        for (int row = 0; row < PeerModel.BATCH; row++) {
            int previous = draws.token(PeerModel.VOCABULARY);
            for (int i = 0; i < ROW - 1; i++) {
                int at = row * PeerModel.POSITIONS + i;
                inputs[at] = previous;
                previous = draws.token(PeerModel.VOCABULARY);
                targets[at] = previous;
            }
        }
    }

    private static float train(PeerModel model, Adam adam, long[] inputs, long[] targets) {
        try (PointerScope _ = new PointerScope()) {
            Tensor loss = model.loss(inputs, targets);
            float value = loss.item_float();
            adam.zero_grad();
            loss.backward();
            adam.step();
            return value;
        }
    }
}
