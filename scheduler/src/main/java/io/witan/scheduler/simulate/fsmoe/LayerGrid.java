package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.simulate.fsmoe.LayerShape.Experts;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The paper's 1458 layers (Table 4), one layer each with its gradients, k = 1. */
public final class LayerGrid {
    /** 8, 16 and 32 heads, which take the same time here. */
    private static final int HEADS = 3;

    private static final double GATED_KEY_VALUE_SHARE = 0.25;

    private LayerGrid() {}

    /** The layers of a testbed. */
    public static List<LayerShape> shapes(Testbed testbed) {
        List<LayerShape> shapes = new ArrayList<>();
        for (int batch : new int[] {1, 2, 4}) {
            for (int heads = 0; heads < HEADS; heads++) {
                for (int sequence : testbed.sequences()) {
                    for (int width : new int[] {1024, 2048, 4096}) {
                        addExperts(shapes, batch, sequence, width);
                    }
                }
            }
        }
        return shapes;
    }

    /** Mean over the layers of Tutel's time over each system's. */
    public static Map<MoeSystem, Double> meansOverTutel(Testbed testbed, Contention contention) {
        List<LayerShape> shapes = shapes(testbed).stream().distinct().toList();
        Map<MoeSystem, Double> means = new EnumMap<>(MoeSystem.class);
        double[] tutel = layerMs(MoeSystem.TUTEL, testbed, shapes, contention);
        for (MoeSystem system : MoeSystem.values()) {
            double[] ms = layerMs(system, testbed, shapes, contention);
            double sum = 0;
            for (int i = 0; i < ms.length; i++) {
                sum += tutel[i] / ms[i];
            }
            means.put(system, sum / ms.length);
        }
        return means;
    }

    private static void addExperts(List<LayerShape> shapes, int batch, int sequence, int width) {
        for (int widths : new int[] {2, 3, 4}) {
            for (double capacity : new double[] {1.2, 2.4, 1}) {
                int hidden = widths * width;
                shapes.add(new LayerShape(batch, sequence, width, hidden, capacity, Experts.SIMPLE, 1));
                shapes.add(
                        new LayerShape(batch, sequence, width, hidden, capacity, Experts.GATED, GATED_KEY_VALUE_SHARE));
            }
        }
    }

    private static double[] layerMs(MoeSystem system, Testbed testbed, List<LayerShape> shapes, Contention contention) {
        return IntStream.range(0, shapes.size())
                .parallel()
                .mapToDouble(
                        i -> system.schedule(testbed, shapes.get(i), contention).layerMs())
                .toArray();
    }
}
