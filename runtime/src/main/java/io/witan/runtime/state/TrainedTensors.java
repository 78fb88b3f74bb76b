package io.witan.runtime.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which tensors of a model are trained; the others are frozen: they and their moments keep every bit. An expert is
 * trained or frozen as a whole. Immutable.
 */
public final class TrainedTensors {
    private final Predicate<ParameterSpec> chosen;
    private final List<Range> ranges;
    private final boolean[][] experts;

    /** Elements {@code from .. to - 1} of the dense region. */
    public record Range(long from, long to) {
        public long count() {
            return to - from;
        }
    }

    /**
     * @param dense in the order in which they lie
     * @param experts tensors of each expert by layer
     * @throws IllegalArgumentException if one tensor of an expert is chosen and another is not, naming it
     */
    TrainedTensors(
            Predicate<ParameterSpec> chosen, List<ParameterSpec> dense, List<List<List<ParameterSpec>>> experts) {
        this.chosen = chosen;
        this.ranges = ranges(chosen, dense);
        this.experts = new boolean[experts.size()][];
        for (int l = 0; l < this.experts.length; l++) {
            this.experts[l] = new boolean[experts.get(l).size()];
            for (int e = 0; e < this.experts[l].length; e++) {
                this.experts[l][e] = whole(chosen, experts.get(l).get(e));
            }
        }
    }

    private static List<Range> ranges(Predicate<ParameterSpec> chosen, List<ParameterSpec> dense) {
        List<Range> ranges = new ArrayList<>();
        long offset = 0;
        for (ParameterSpec spec : dense) {
            long end = offset + spec.count();
            if (chosen.test(spec)) {
                boolean beside = !ranges.isEmpty() && ranges.getLast().to == offset;
                ranges.add(new Range(beside ? ranges.removeLast().from : offset, end));
            }
            offset = end;
        }
        return List.copyOf(ranges);
    }

    private static boolean whole(Predicate<ParameterSpec> chosen, List<ParameterSpec> tensors) {
        boolean all = tensors.stream().allMatch(chosen);
        for (ParameterSpec spec : tensors) {
            if (!all && chosen.test(spec)) {
                throw new IllegalArgumentException("an expert is trained or frozen as a whole, but of the tensors of "
                        + TrainingState.expertKey(spec.layer(), spec.expert()) + " only some are to be trained, "
                        + spec.name() + " among them");
            }
        }
        return all;
    }

    public boolean includes(ParameterSpec spec) {
        return chosen.test(spec);
    }

    /** The dense region's trained elements in order, neighbours put together. */
    public List<Range> ranges() {
        return ranges;
    }

    public boolean includesExpert(int layer, int expert) {
        return experts[layer][expert];
    }

    /** Whether any expert of a layer is trained: if none is, nobody needs its gradients. */
    public boolean includesExpertOf(int layer) {
        for (boolean trained : experts[layer]) {
            if (trained) {
                return true;
            }
        }
        return false;
    }
}
