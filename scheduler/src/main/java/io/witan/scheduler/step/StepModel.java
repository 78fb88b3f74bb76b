package io.witan.scheduler.step;

import io.witan.scheduler.gradient.GradientWindows;
import io.witan.scheduler.gradient.ProfiledBackward;
import io.witan.scheduler.lanes.Lane;
import io.witan.scheduler.lanes.LaneGraph;
import io.witan.scheduler.lanes.LaneRun;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.pipeline.PipelineTime;
import io.witan.scheduler.step.StepTask.Kind;
import io.witan.scheduler.step.StepTask.Pass;
import java.util.ArrayList;
import java.util.List;

/** Half a step as a graph of tasks: each layer begins when the one before it has its last combine, or its attention backward. */
public final class StepModel {
    private static final int[] NOTHING = {};
    /** Behind what has its fixed place on the lane. */
    private static final int YIELDS = 1;

    private final StepWork work;
    private final LaneGraph graph = new LaneGraph();
    /** Of each task, what it is. */
    private final List<Part> parts = new ArrayList<>();
    /** What comes next waits for it. */
    private int[] last = NOTHING;

    private record Part(Kind kind, Pass pass, int layer, int piece) {
        StepTask ran(double startMs, double endMs) {
            return new StepTask(kind, pass, layer, piece, startMs, endMs);
        }
    }

    private StepModel(StepWork work) {
        this.work = work;
    }

    public static PredictedStep predict(StepWork work) {
        return new PredictedStep(
                new StepModel(work).forward(),
                new StepModel(work).backward(),
                PipelineTime.ms(work.forward(), 0, work.contention()),
                PipelineTime.ms(work.backward(), 0, work.contention()));
    }

    private List<StepTask> forward() {
        for (int layer = 0; layer < work.layers(); layer++) {
            forward(layer, Pass.FORWARD);
        }
        return run();
    }

    private List<StepTask> backward() {
        GradientTimes gradients = work.gradients();
        for (int i = 0; i < work.layers(); i++) {
            int layer = work.layers() - 1 - i;
            eager(gradients.eagerMs(i));
            if (work.recompute()) {
                forward(layer, Pass.RECOMPUTE);
            }
            moe(layer, Pass.BACKWARD, work.backward(), gradients.windowMs(GradientWindows.STRETCHES * i));
            int[] begin = last;
            attention(layer, Pass.BACKWARD, ProfiledBackward.OVER_FORWARD * work.attentionMs());
            gradients(gradients.windowMs(GradientWindows.STRETCHES * i + 1), layer, begin);
        }
        gradients(gradients.restMs(), StepTask.NONE, last);
        return run();
    }

    private void forward(int layer, Pass pass) {
        attention(layer, pass, work.attentionMs());
        moe(layer, pass, work.forward(), 0);
    }

    private void attention(int layer, Pass pass, double ms) {
        last = new int[] {inOrder(Lane.COMPUTE, ms, new Part(Kind.ATTENTION, pass, layer, StepTask.NONE), last)};
    }

    /** The order of {@link PipelineTime}. */
    private void moe(int layer, Pass pass, ChunkTimes chunk, double gradientMs) {
        int degree = (int) chunk.degree();
        int[] begin = last;
        int[] arrived = new int[degree];
        int[] computed = new int[degree];
        for (int i = 0; i < degree; i++) {
            arrived[i] = inOrder(Lane.INTER_NODE, chunk.allToAllMs(), new Part(Kind.DISPATCH, pass, layer, i), begin);
        }
        gradients(gradientMs, layer, begin);
        for (int i = 0; i < degree; i++) {
            computed[i] = inOrder(Lane.COMPUTE, chunk.expertMs(), new Part(Kind.EXPERTS, pass, layer, i), arrived[i]);
        }
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < degree && chunk.deferredMs() > 0; i++) {
            ends.add(graph.size());
            parts.add(new Part(Kind.EXPERT_WEIGHTS, pass, layer, i));
            graph.add(Lane.COMPUTE, chunk.deferredMs(), YIELDS, computed[i]);
        }
        int combined = -1;
        for (int i = 0; i < degree; i++) {
            combined =
                    inOrder(Lane.INTER_NODE, chunk.allToAllMs(), new Part(Kind.COMBINE, pass, layer, i), computed[i]);
        }
        ends.add(combined);
        last = ends.stream().mapToInt(Integer::intValue).toArray();
    }

    private void gradients(double ms, int layer, int... after) {
        if (ms > 0) {
            inOrder(Lane.INTER_NODE, ms, new Part(Kind.GRADIENTS, Pass.BACKWARD, layer, StepTask.NONE), after);
        }
    }

    private void eager(double ms) {
        if (ms > 0) {
            parts.add(new Part(Kind.GRADIENTS, Pass.BACKWARD, StepTask.NONE, StepTask.NONE));
            graph.add(Lane.INTER_NODE, ms, YIELDS, last);
        }
    }

    private int inOrder(Lane lane, double ms, Part part, int... after) {
        parts.add(part);
        return graph.addInOrder(lane, ms, after);
    }

    private List<StepTask> run() {
        LaneRun run = graph.run(work.contention());
        List<StepTask> tasks = new ArrayList<>();
        for (int task = 0; task < parts.size(); task++) {
            tasks.add(parts.get(task).ran(run.startMs(task), run.endMs(task)));
        }
        return tasks;
    }
}
