package io.witan.example.family;

import io.witan.models.Recipe;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.LinearLayer;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.MoeParts;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.TrainingPhases;
import java.util.ArrayList;
import java.util.List;

/** A third family: section {@code model} of a recipe describes its one MoE layer. */
record SurfaceFamily(Recipe recipe) implements ModelFamily<Points, SurfaceModel> {
    private static final double DEVIATION = 0.3;

    private MoeConfig config() {
        return recipe.model().moe();
    }

    @Override
    public String name() {
        return "surface";
    }

    @Override
    public String fingerprint() {
        return "surface " + config();
    }

    @Override
    public String tokenizerFingerprint() {
        return "none";
    }

    /** @param expertSharding 1: experts are whole */
    @Override
    public List<ParameterSpec> declare(int expertSharding) {
        int width = config().width();
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(ParameterSpec.matrix("in", width, SurfaceModel.FEATURES, 1));
        specs.add(ParameterSpec.vector("in.bias", width, 0));
        specs.addAll(GateParts.declare(config(), "router", DEVIATION));
        for (int e = 0; e < config().experts(); e++) {
            specs.addAll(config().expertLayout().declare("expert" + e, 0, e, DEVIATION, DEVIATION));
        }
        specs.add(ParameterSpec.matrix("out", 1, width, DEVIATION));
        return specs;
    }

    @Override
    public MoeShape moe() {
        return new MoeShape(
                1,
                config().experts(),
                1,
                config().rowsPerToken(),
                config().expertLayout(),
                recipe.train().rowsPerMicroBatch());
    }

    @Override
    public SurfaceModel build(ModelParts parts) {
        int width = config().width();
        LayerExperts experts = new LayerExperts(
                0,
                config().expertLayout(),
                parts.state().owners()[0],
                parts.state(),
                parts.buffers(),
                parts.runtime().parameters());
        MoeParts layer = LayerParts.configured(
                        parts.runtime(),
                        config(),
                        new GateParts.Given("router", parts.state()::parameter, 1, parts.seed()))
                .withDispatch(parts.ways().dispatch())
                .withExchange(parts.ways().allToAll().of(parts.runtime(), 0));
        return new SurfaceModel(
                parts.runtime(),
                parts.state(),
                new SurfaceModel.Layers(
                        new LinearLayer(
                                parts.runtime().kernels(),
                                parts.state().parameter("in"),
                                parts.state().parameter("in.bias"),
                                SurfaceModel.FEATURES,
                                width),
                        new MoeLayer(parts.runtime(), config(), experts, layer),
                        new LinearLayer(parts.runtime().kernels(), parts.state().parameter("out"), null, width, 1)),
                width);
    }

    @Override
    public TrainingPhases<Points> phases() {
        return TrainingPhases.single(
                recipe.train(),
                new Surface(
                        recipe.data().corpusSeed(),
                        recipe.train().rowsPerMicroBatch(),
                        recipe.train().accumulation()));
    }
}
