package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.pipeline.MoeWork;

/**
 * One direction of a layer on a testbed, each operation alone.
 *
 * @param moe the part that is cut into chunks
 * @param gather all-gather of the sequence before attention (reduce-scatter's mirror in backward)
 * @param scatter reduce-scatter after it
 * @param order gate and both orders, by elements
 * @param orderElements its size, elements of a rank
 */
record LayerTimes(
        MoeWork moe,
        MoeWork.Part gather,
        MoeWork.Part scatter,
        LinearTime order,
        double orderElements,
        Attention attention,
        Gradient gradient) {

    /**
     * @param fixedMs start-up of the whole
     * @param firstMs products on the tokens that arrive first
     * @param coreMs scores and values
     * @param lastMs products on the tokens that leave
     * @param gemmStartUpMs of each further piece of a product
     */
    record Attention(double fixedMs, double firstMs, double coreMs, double lastMs, double gemmStartUpMs) {
        double ms() {
            return fixedMs + firstMs + coreMs + lastMs;
        }
    }

    /**
     * @param allReduce by units
     * @param units dense gradients of the layer
     * @param bytesPerUnit of the line
     */
    record Gradient(LinearTime allReduce, double units, int bytesPerUnit) {
        double ms() {
            return allReduce.ms(units);
        }
    }

    static LayerTimes forward(Testbed testbed, LayerShape shape) {
        int ranks = testbed.ranksPerNode();
        LinearTime line = testbed.computing().attentionForward();
        Attention attention = new Attention(
                line.alphaMs(),
                line.betaMs() * shape.projectionInWork(ranks),
                line.betaMs() * shape.coreWork(ranks),
                line.betaMs() * shape.projectionOutWork(ranks),
                testbed.gemmStartUpMs());
        return new LayerTimes(
                moe(testbed, shape),
                sequencePart(testbed, shape, testbed.collectives().allGather()),
                sequencePart(testbed, shape, testbed.collectives().reduceScatter()),
                testbed.computing().orderForward(),
                shape.routedElements() / ranks,
                attention,
                gradient(testbed, shape));
    }

    static LayerTimes backward(Testbed testbed, LayerShape shape) {
        int ranks = testbed.ranksPerNode();
        LinearTime line = testbed.computing().attentionBackward();
        Attention attention = new Attention(
                line.alphaMs(),
                line.betaMs() * shape.projectionOutWork(ranks),
                line.betaMs() * shape.coreWork(ranks),
                line.betaMs() * shape.projectionInWork(ranks),
                testbed.gemmStartUpMs());
        return new LayerTimes(
                moe(testbed, shape).backward(),
                sequencePart(testbed, shape, testbed.collectives().allGather()),
                sequencePart(testbed, shape, testbed.collectives().reduceScatter()),
                testbed.computing().orderBackward(),
                shape.routedElements() / ranks,
                attention,
                gradient(testbed, shape));
    }

    double orderMs() {
        return order.ms(orderElements);
    }

    double gatherMs() {
        return gather.time().ms(gather.size());
    }

    double scatterMs() {
        return scatter.time().ms(scatter.size());
    }

    /** All but the experts' layer, one after another. */
    double denseMs() {
        return gatherMs() + attention.ms() + scatterMs() + orderMs();
    }

    private static MoeWork moe(Testbed testbed, LayerShape shape) {
        double routed = testbed.units(shape.routedElements());
        Testbed.Collectives lines = testbed.collectives();
        return new MoeWork(
                new MoeWork.Part(lines.allToAll(), routed / testbed.ranksPerNode()),
                new MoeWork.Part(lines.allGather(), routed),
                new MoeWork.Part(testbed.computing().expert(), shape.expertWork(testbed.ranksPerNode())),
                new MoeWork.Part(lines.reduceScatter(), routed));
    }

    private static MoeWork.Part sequencePart(Testbed testbed, LayerShape shape, LinearTime line) {
        return new MoeWork.Part(line, testbed.units(shape.tokens() * shape.width()));
    }

    private static Gradient gradient(Testbed testbed, LayerShape shape) {
        return new Gradient(
                testbed.collectives().allReduce(),
                testbed.units(shape.gradientElements(testbed.ranksPerNode())),
                testbed.bytesPerUnit());
    }
}
