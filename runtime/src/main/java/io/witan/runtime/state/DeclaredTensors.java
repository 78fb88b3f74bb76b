package io.witan.runtime.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The declared tensors of a model, as regions have them. */
final class DeclaredTensors {
    private DeclaredTensors() {}

    /** Those of no expert: first those with weight decay, then the others. */
    static List<ParameterSpec> dense(List<ParameterSpec> declared) {
        List<ParameterSpec> dense = new ArrayList<>();
        declared.stream().filter(spec -> !spec.isExpert() && spec.decayed()).forEach(dense::add);
        declared.stream().filter(spec -> !spec.isExpert() && !spec.decayed()).forEach(dense::add);
        return dense;
    }

    /** Those of each expert, by {@link TrainingState#expertKey}. */
    static Map<String, List<ParameterSpec>> experts(List<ParameterSpec> declared) {
        return declared.stream()
                .filter(ParameterSpec::isExpert)
                .collect(Collectors.groupingBy(spec -> TrainingState.expertKey(spec.layer(), spec.expert())));
    }
}
