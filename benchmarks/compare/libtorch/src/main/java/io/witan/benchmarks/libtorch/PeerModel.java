package io.witan.benchmarks.libtorch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** GPT with sparse experts: learned positions, pre-norm, top-2 gate, GELU experts computed one after the other on gathered rows. */
final class PeerModel {
    static final int BATCH = 8;
    static final int POSITIONS = 128;
    static final int VOCABULARY = 8192;

    private static final int WIDTH = 256;
    private static final int LAYERS = 4;
    private static final int HEADS = 4;
    private static final int EXPERTS = 8;
    private static final int HIDDEN = 1024;
    private static final int TOP_K = 2;
    private static final int TOKENS = BATCH * POSITIONS;
    private static final double DEVIATION = 0.02;
    private static final double EPSILON = 1e-5;
    private static final long WEIGHT_SEED = 42;

    private final Draws draws = new Draws(WEIGHT_SEED);
    private final List<Tensor> parameters = new ArrayList<>();
    private final Tensor token = matrix(VOCABULARY, WIDTH);
    private final Tensor position = matrix(POSITIONS, WIDTH);
    private final List<Layer> layers = new ArrayList<>();
    private final Norm last;
    private final Tensor head;

    PeerModel() {
        for (int l = 0; l < LAYERS; l++) {
            layers.add(new Layer());
        }
        last = new Norm();
        head = matrix(VOCABULARY, WIDTH);
    }

    TensorVector parameters() {
        return new TensorVector(parameters.toArray(Tensor[]::new));
    }

    /** Mean cross-entropy of the targets. */
    Tensor loss(long[] inputs, long[] targets) {
        long[] places = new long[TOKENS];
        Arrays.setAll(places, i -> i % POSITIONS);
        Tensor x = torch.embedding(token, torch.tensor(inputs)).add(torch.embedding(position, torch.tensor(places)));
        for (Layer layer : layers) {
            x = layer.forward(x);
        }
        return torch.cross_entropy_loss(torch.linear(last.forward(x), head), torch.tensor(targets));
    }

    private Tensor matrix(int rows, int cols) {
        return parameter(draws.weights(rows * cols, DEVIATION), rows, cols);
    }

    private Tensor parameter(float[] values, long... shape) {
        Tensor parameter = torch.tensor(values).view(shape).clone();
        parameter.set_requires_grad(true);
        parameter.retainReference();
        parameters.add(parameter);
        return parameter;
    }

    private final class Norm {
        private final Tensor gain;
        private final Tensor bias;

        Norm() {
            float[] ones = new float[WIDTH];
            Arrays.fill(ones, 1);
            gain = parameter(ones, WIDTH);
            bias = parameter(new float[WIDTH], WIDTH);
        }

        Tensor forward(Tensor x) {
            return torch.layer_norm(
                    x, new long[] {WIDTH}, new TensorOptional(gain), new TensorOptional(bias), EPSILON, false);
        }
    }

    private final class Layer {
        private final Norm attentionNorm = new Norm();
        private final Tensor qkv = matrix(3 * WIDTH, WIDTH);
        private final Tensor out = matrix(WIDTH, WIDTH);
        private final Norm moeNorm = new Norm();
        private final Tensor router = matrix(EXPERTS, WIDTH);
        private final Tensor[] w1 = new Tensor[EXPERTS];
        private final Tensor[] w2 = new Tensor[EXPERTS];

        Layer() {
            for (int e = 0; e < EXPERTS; e++) {
                w1[e] = matrix(HIDDEN, WIDTH);
                w2[e] = matrix(WIDTH, HIDDEN);
            }
        }

        Tensor forward(Tensor x) {
            Tensor mixed = x.add(attention(attentionNorm.forward(x)));
            return mixed.add(experts(moeNorm.forward(mixed)));
        }

        private Tensor attention(Tensor x) {
            Tensor parts = torch.linear(x, qkv)
                    .view(BATCH, POSITIONS, 3, HEADS, WIDTH / HEADS)
                    .permute(2, 0, 3, 1, 4);
            Tensor mixed = torch.scaled_dot_product_attention(
                    parts.select(0, 0),
                    parts.select(0, 1),
                    parts.select(0, 2),
                    new TensorOptional(),
                    0.0,
                    true,
                    new DoubleOptional(),
                    false);
            return torch.linear(mixed.transpose(1, 2).contiguous().view(TOKENS, WIDTH), out);
        }

        private Tensor experts(Tensor x) {
            Tensor probability = torch.softmax(torch.linear(x, router), -1);
            T_TensorTensor_T top = torch.topk(probability, TOP_K, -1, true, true);
            Tensor weight = top.get0().div(top.get0().sum(new long[] {-1}, true, new ScalarTypeOptional()));
            Tensor flat = weight.reshape(TOKENS * TOP_K);
            long[] chosen = new long[TOKENS * TOP_K];
            new LongPointer(top.get1().contiguous().data_ptr()).get(chosen);
            Tensor sum = torch.zeros(new long[] {TOKENS, WIDTH});
            for (int e = 0; e < EXPERTS; e++) {
                long[] slots = slotsOf(chosen, e);
                if (slots.length > 0) {
                    Tensor rows = torch.tensor(
                            Arrays.stream(slots).map(slot -> slot / TOP_K).toArray());
                    Tensor hidden = torch.gelu(torch.linear(x.index_select(0, rows), w1[e]));
                    Tensor scale = flat.index_select(0, torch.tensor(slots)).unsqueeze(1);
                    sum = sum.index_add(0, rows, torch.linear(hidden, w2[e]).mul(scale));
                }
            }
            return sum;
        }

        private static long[] slotsOf(long[] chosen, int expert) {
            long[] slots = new long[chosen.length];
            int count = 0;
            for (int i = 0; i < chosen.length; i++) {
                if (chosen[i] == expert) {
                    slots[count++] = i;
                }
            }
            return Arrays.copyOf(slots, count);
        }
    }
}
