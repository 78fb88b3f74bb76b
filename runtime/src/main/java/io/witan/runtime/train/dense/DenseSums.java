package io.witan.runtime.train.dense;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.TrainedTensors;
import io.witan.runtime.state.TrainingState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The sums over ranks of a step's dense gradients: which parts of the flat gradient were begun, and the rest. */
final class DenseSums {
    private final RankRuntime runtime;
    private final TrainingState state;
    private final List<ParameterSpec> tensors;
    /** Offset of each tensor in the flat gradient, in bytes; in the last place the end. */
    private final long[] offsets;

    private final List<Handle> running = new ArrayList<>();
    /** First byte to end of what was begun. */
    private final TreeMap<Long, Long> begun = new TreeMap<>();

    DenseSums(RankRuntime runtime, TrainingState state) {
        this.runtime = runtime;
        this.state = state;
        this.tensors = state.dense().tensors();
        this.offsets = new long[tensors.size() + 1];
        for (int i = 0; i < tensors.size(); i++) {
            offsets[i + 1] = offsets[i] + tensors.get(i).count() * Float.BYTES;
        }
    }

    /** False if nothing can be summed before backward is over. */
    boolean overlap() {
        return runtime.size() > 1 && runtime.kernels().memory().isHost();
    }

    /** Those of them that are trained: gradients of the others do not travel. */
    static List<Parameter> trained(List<Parameter> parameters) {
        return parameters.stream().filter(Parameter::isTrained).toList();
    }

    /** Its number in the flat gradient. */
    int tensorOf(Parameter parameter) {
        return tensors.indexOf(parameter.spec());
    }

    ByteRange range(int tensor) {
        return new ByteRange(offsets[tensor], offsets[tensor + 1]);
    }

    /** @param range of which nothing was begun in this step */
    void begin(ByteRange range) {
        Communicator lane = runtime.gradients();
        lane.mark(state.activeStep(), -1);
        running.add(lane.allReduce(state.denseGradient().asSlice(range.from(), range.bytes())));
        begun.put(range.from(), range.to());
    }

    /** Begins what is trained and was not begun, and waits for all. The next step begins with nothing. */
    void finish() {
        state.fetchGradient();
        rest().forEach(this::begin);
        running.forEach(Handle::await);
        running.clear();
        begun.clear();
    }

    private List<ByteRange> rest() {
        List<ByteRange> rest = new ArrayList<>();
        for (TrainedTensors.Range trained : state.trained().ranges()) {
            long end = trained.from() * Float.BYTES;
            long last = trained.to() * Float.BYTES;
            for (Map.Entry<Long, Long> range : begun.subMap(end, last).entrySet()) {
                if (range.getKey() > end) {
                    rest.add(new ByteRange(end, range.getKey()));
                }
                end = range.getValue();
            }
            if (end < last) {
                rest.add(new ByteRange(end, last));
            }
        }
        return rest;
    }
}
