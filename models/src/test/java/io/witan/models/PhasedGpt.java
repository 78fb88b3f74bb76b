package io.witan.models;

import com.fasterxml.jackson.databind.node.DoubleNode;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.state.Initializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.TrainingPhase;
import io.witan.runtime.train.TrainingPhases;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A family of its own: text models in phases, of which the second has other data than the rest. */
record PhasedGpt(GptFamily text, Recipe other, List<TrainingPhase> given) implements ModelFamily<TokenBatch, Decoder> {
    PhasedGpt(Recipe recipe, Recipe other, List<TrainingPhase> given) {
        this(new GptFamily(recipe), other, given);
    }

    @Override
    public String name() {
        return "phased";
    }

    @Override
    public String fingerprint() {
        return "phased " + text.fingerprint();
    }

    @Override
    public String tokenizerFingerprint() {
        return text.tokenizerFingerprint();
    }

    @Override
    public List<ParameterSpec> declare(int expertSharding) {
        return text.declare(expertSharding);
    }

    @Override
    public MoeShape moe() {
        return text.moe();
    }

    @Override
    public Decoder build(ModelParts parts) {
        return text.build(parts);
    }

    @Override
    public TrainingPhases<TokenBatch> phases() {
        List<TrainingPhases.Part<TokenBatch>> parts = new ArrayList<>();
        for (TrainingPhase phase : given) {
            parts.add(new TrainingPhases.Part<>(
                    phase,
                    parts.size() == 1
                            ? other.openData()
                            : text.phases().parts().getFirst().data()));
        }
        return new TrainingPhases<>(parts);
    }

    @Override
    public Initializer initializer(long seed) {
        return text.initializer(seed);
    }

    /** Loss on what the last phase held out, measured once more. */
    @Override
    public Optional<EndReport> report(RankRuntime runtime, Decoder model) {
        TrainingPhases<TokenBatch> phases = phases();
        Evaluator.Result result = new Evaluator<>(runtime, model, phases.data(phases.of(phases.steps()))).run(0);
        return Optional.of(new EndReport(
                List.of("targets: " + result.targets()), "phased.json", DoubleNode.valueOf(result.perToken())));
    }
}
