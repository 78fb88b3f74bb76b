package io.witan.scheduler.pipeline;

import io.witan.scheduler.fit.LinearTime;
import java.util.Random;

/** Random layers around the sizes that clusters have. */
final class Draws {
    private Draws() {}

    /** @param scatterOverGather ratio of the two collectives inside the node; 1 makes them alike */
    static MoeWork work(Random random, double scatterOverGather) {
        MoeWork.Part gather = part(random);
        return new MoeWork(
                part(random),
                gather,
                part(random),
                new MoeWork.Part(gather.time().times(scatterOverGather), gather.size()));
    }

    static double gradientMs(Random random) {
        return random.nextInt(3) == 0 ? 0 : 20 * random.nextDouble();
    }

    private static MoeWork.Part part(Random random) {
        double alpha = random.nextInt(8) == 0 ? 0 : Math.pow(10, -2 + 2 * random.nextDouble());
        double whole = random.nextInt(20) == 0 ? 0 : Math.pow(10, -1 + 3 * random.nextDouble());
        return new MoeWork.Part(new LinearTime(alpha, 1e-6), whole * 1e6);
    }
}
