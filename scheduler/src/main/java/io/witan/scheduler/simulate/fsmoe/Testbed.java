package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.simulate.fsmoe.LayerShape.Experts;
import java.util.List;

/**
 * One of the paper's clusters: published lines of collectives, and lines of computing through the two measured layers of its Table 2
 * (forward; backward of experts is twice forward). On A the lines are the code's, by fp32 element; the caption of figure 5 has them in another
 * order. On B they are figure 5's, by byte.
 *
 * @param sequences lengths of the grid
 * @param bytesPerUnit bytes of the unit that the collectives' lines count; an element has 4
 * @param gemmStartUpMs what cutting a product in two costs
 */
public record Testbed(
        String name,
        int ranksPerNode,
        List<Integer> sequences,
        int bytesPerUnit,
        Collectives collectives,
        Computing computing,
        double gemmStartUpMs) {
    private static final int ELEMENT_BYTES = 4;
    private static final int MEASURED_BATCH = 4;
    private static final int MEASURED_SEQUENCE = 1024;
    private static final double MEASURED_CAPACITY = 2.4;
    private static final double GPT_SHARE = 1;
    private static final double MIXTRAL_SHARE = 8.0 / 32;

    /**
     * A row of the paper's Table 2, at batch 4, length 1024, capacity 2.4. Its columns of collectives aren't used.
     *
     * @param order both orders together
     */
    private record MeasuredLayer(Pass expert, Pass routing, Pass order, Pass attention) {}

    /** Milliseconds. */
    private record Pass(double forward, double backward) {}

    /** By units. */
    record Collectives(LinearTime allToAll, LinearTime allGather, LinearTime reduceScatter, LinearTime allReduce) {}

    /** Experts and attention by multiply-adds, gate and orders together by elements of a rank. */
    record Computing(
            LinearTime expert,
            LinearTime attentionForward,
            LinearTime attentionBackward,
            LinearTime orderForward,
            LinearTime orderBackward) {}

    public Testbed {
        sequences = List.copyOf(sequences);
    }

    /** 6 nodes of 8 RTX A6000, 200 Gb/s. */
    public static Testbed a() {
        Collectives collectives = new Collectives(
                new LinearTime(0.28746, 2.3201e-6),
                new LinearTime(0.33789, 2.3478e-7),
                new LinearTime(0.39539, 2.2171e-7),
                new LinearTime(0.51137, 4.9512e-6));
        MeasuredLayer gpt =
                new MeasuredLayer(new Pass(3.1, 6.1), new Pass(0.1, 0.1), new Pass(0.3, 0.4), new Pass(1.7, 3.6));
        MeasuredLayer mixtral =
                new MeasuredLayer(new Pass(15.6, 31.8), new Pass(0.1, 0.1), new Pass(0.3, 0.5), new Pass(4.1, 7.7));
        return new Testbed(
                "A", 8, List.of(512, 1024, 2048), ELEMENT_BYTES, collectives, computing(8, gpt, mixtral), 0.0426);
    }

    /** 8 nodes of 4 RTX 2080 Ti, 100 Gb/s. */
    public static Testbed b() {
        Collectives collectives = new Collectives(
                new LinearTime(0.175, 3.06e-7),
                new LinearTime(0.0320, 1.68e-7),
                new LinearTime(0.0391, 1.67e-7),
                new LinearTime(0.0837, 5.99e-7));
        MeasuredLayer gpt =
                new MeasuredLayer(new Pass(6.7, 13), new Pass(0.1, 0.1), new Pass(0.3, 0.3), new Pass(4.5, 8.6));
        MeasuredLayer mixtral =
                new MeasuredLayer(new Pass(58.5, 119.7), new Pass(0.1, 0.2), new Pass(0.7, 1.2), new Pass(9.5, 18.1));
        return new Testbed("B", 4, List.of(256, 512, 1024), 1, collectives, computing(4, gpt, mixtral), 0.0924);
    }

    /** Units of the collectives' lines in so many elements. */
    double units(double elements) {
        return elements * ELEMENT_BYTES / bytesPerUnit;
    }

    private static Computing computing(int ranks, MeasuredLayer gpt, MeasuredLayer mixtral) {
        LayerShape small = measured(1600, 6400, Experts.SIMPLE, GPT_SHARE);
        LayerShape large = measured(4096, 14336, Experts.GATED, MIXTRAL_SHARE);
        double[] attention = {small.attentionWork(ranks), large.attentionWork(ranks)};
        double[] order = {small.routedElements() / ranks, large.routedElements() / ranks};
        return new Computing(
                line(
                        new double[] {small.expertWork(ranks), large.expertWork(ranks)},
                        gpt.expert().forward(),
                        mixtral.expert().forward()),
                line(attention, gpt.attention().forward(), mixtral.attention().forward()),
                line(attention, gpt.attention().backward(), mixtral.attention().backward()),
                line(
                        order,
                        gpt.order().forward() + gpt.routing().forward(),
                        mixtral.order().forward() + mixtral.routing().forward()),
                line(
                        order,
                        gpt.order().backward() + gpt.routing().backward(),
                        mixtral.order().backward() + mixtral.routing().backward()));
    }

    private static LayerShape measured(int width, int hidden, Experts experts, double share) {
        return new LayerShape(MEASURED_BATCH, MEASURED_SEQUENCE, width, hidden, MEASURED_CAPACITY, experts, share);
    }

    /** Through both points; through 0 by least squares where the start-up would be negative. */
    private static LinearTime line(double[] sizes, double first, double second) {
        double beta = (second - first) / (sizes[1] - sizes[0]);
        double alpha = first - beta * sizes[0];
        if (alpha >= 0) {
            return new LinearTime(alpha, beta);
        }
        return new LinearTime(0, (sizes[0] * first + sizes[1] * second) / (sizes[0] * sizes[0] + sizes[1] * sizes[1]));
    }
}
