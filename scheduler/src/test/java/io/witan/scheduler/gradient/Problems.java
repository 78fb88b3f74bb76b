package io.witan.scheduler.gradient;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.pipeline.MoeWork;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Backwards of models. */
final class Problems {
    private Problems() {}

    /** Segments alternate between MoE and dense, sizes differ; gradients of a dense segment are ready in the next one. */
    static GradientProblem random(Random random, int segments, long mostBytes) {
        List<GradientSegment> list = new ArrayList<>();
        for (int i = 0; i < segments; i++) {
            long ready = i % 2 == 0 ? 16 * random.nextLong(1 + mostBytes / 16) : 0;
            GradientHost host = i % 2 == 0 ? moe(random) : new GradientHost.Dense(3 * random.nextDouble());
            list.add(new GradientSegment(host, ready));
        }
        return new GradientProblem(list, new LinearTime(0.2 * random.nextDouble(), 5e-3 * random.nextDouble()));
    }

    /** A model of alike layers: its last layer in forward first, whose MoE part has no gradients to carry. */
    static GradientProblem model(int layers, MoeWork backward, double denseMs, long layerBytes, LinearTime allReduce) {
        GradientHost moe = new GradientHost.Moe(backward, 8);
        GradientHost dense = new GradientHost.Dense(denseMs);
        List<GradientSegment> list = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            list.add(new GradientSegment(moe, layer == 0 ? 0 : layerBytes));
            list.add(new GradientSegment(dense, 0));
        }
        // The first layer's own gradients are ready only when backward is over.
        list.add(new GradientSegment(new GradientHost.Dense(0), layerBytes));
        return new GradientProblem(list, allReduce);
    }

    static GradientHost moe(Random random) {
        return new GradientHost.Moe(work(random), 4);
    }

    static MoeWork work(Random random) {
        return new MoeWork(part(random), part(random), part(random), part(random));
    }

    private static MoeWork.Part part(Random random) {
        return new MoeWork.Part(new LinearTime(0.3 * random.nextDouble(), 1), 2 * random.nextDouble());
    }
}
