package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.simulate.fsmoe.LayerShape.Experts;
import java.util.List;

/**
 * A whole model of the paper on a testbed: alike layers, batch 1, k = 2, f = 1.2, as many experts as nodes; length 1024 on A, 256 on B.
 * Shapes are the public models', which the paper doesn't print. Embedding, loss and optimizer aren't simulated. A node holds one expert, so
 * two experts of a token are never on the same node, and sending a token to a node once would save nothing.
 *
 * @param layers kept by the paper
 */
public record SimulatedModel(String name, Testbed testbed, int layers, LayerShape shape) {
    private static final double CAPACITY = 2 * 1.2;

    /** All five pairs of model and testbed. */
    public static List<SimulatedModel> all() {
        Testbed a = Testbed.a();
        Testbed b = Testbed.b();
        return List.of(
                gpt2Xl(a),
                mixtral("Mixtral-7B", a, 32, new int[] {4096, 14336, 32}),
                mixtral("Mixtral-22B", a, 33, new int[] {6144, 16384, 48}),
                gpt2Xl(b),
                mixtral("Mixtral-7B", b, 7, new int[] {4096, 14336, 32}));
    }

    static SimulatedModel gpt2Xl(Testbed testbed) {
        return new SimulatedModel(
                "GPT2-XL", testbed, 48, new LayerShape(1, sequence(testbed), 1600, 6400, CAPACITY, Experts.SIMPLE, 1));
    }

    /** An iteration. */
    public double ms(MoeSystem system, Contention contention) {
        return system.schedule(testbed, shape, contention).modelMs(layers);
    }

    private static SimulatedModel mixtral(String name, Testbed testbed, int layers, int[] widthHiddenHeads) {
        LayerShape shape = new LayerShape(
                1,
                sequence(testbed),
                widthHiddenHeads[0],
                widthHiddenHeads[1],
                CAPACITY,
                Experts.GATED,
                8.0 / widthHiddenHeads[2]);
        return new SimulatedModel(name, testbed, layers, shape);
    }

    private static int sequence(Testbed testbed) {
        return testbed.name().equals("A") ? 1024 : 256;
    }
}
