package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.generated.PreferenceGenerator;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingPhases;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reward models of recipes with a section {@code dmoerm}. */
public final class DmoermFamily implements ModelFamily<PreferenceBatch, RewardModel> {
    /** Tokens of a row, as a share of the longest: for what is planned before rows are there. */
    private static final double USUAL_LENGTH = 0.5;

    private final GptMoeConfig model;
    private final DataConfig data;
    private final TrainConfig train;
    private final DmoermConfig config;
    private final String tokenizer;
    private final RewardTensors tensors;
    /** Opened once, by the first who asks. */
    private PairSets sets;

    /**
     * Of the sections of a recipe.
     *
     * @throws ConfigException in one line if they do not fit each other
     */
    public DmoermFamily(GptMoeConfig model, DataConfig data, TrainConfig train, DmoermConfig config) {
        this.model = model;
        this.data = data;
        this.train = train;
        this.config = config;
        try (Tokenizer opened = openTokenizer()) {
            this.tokenizer = opened.fingerprint();
            this.tensors = new RewardTensors(model, config, opened.vocabularySize());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private Tokenizer openTokenizer() {
        return config.source() == DmoermConfig.Source.GENERATED
                ? PreferenceGenerator.tokenizer()
                : Tokenizers.open(data.tokenizer());
    }

    @Override
    public String name() {
        return "dmoerm";
    }

    @Override
    public String fingerprint() {
        return String.format(
                Locale.ROOT,
                "dmoerm d=%d layers=%d heads=%d seq=%d ff=%d %s %s rank=%d alpha=%s router=%dx%d dense=%s vocab=%d",
                model.dModel(),
                model.layers(),
                model.heads(),
                model.seqLen(),
                model.dFf(),
                model.norm().name().toLowerCase(Locale.ROOT),
                config.attention().name().toLowerCase(Locale.ROOT),
                config.loraRank(),
                config.loraAlpha(),
                config.routerLayers(),
                config.routerWidth(),
                config.hasDense(),
                tensors.vocabulary());
    }

    @Override
    public String tokenizerFingerprint() {
        return tokenizer;
    }

    @Override
    public List<ParameterSpec> declare(int expertSharding) {
        return tensors.declare();
    }

    @Override
    public MoeShape moe() {
        double points = (double) Category.allPoints() / Category.values().length;
        double rows = 2 * points * train.rowsPerMicroBatch();
        return new MoeShape(
                tensors.moeLayers(),
                Category.allPoints(),
                1,
                1,
                tensors.adapter(),
                Math.round(rows * USUAL_LENGTH * model.seqLen()));
    }

    @Override
    public RewardModel build(ModelParts parts) {
        return new RewardModelBuilder(parts.runtime(), tensors, parts.state(), parts.ways(), parts.buffers()).build();
    }

    @Override
    public TrainingPhases<PreferenceBatch> phases() {
        return RewardPhases.of(config, sets(), train);
    }

    private PairSets sets() {
        if (sets == null) {
            sets = PairSets.open(config, data.tokenizer(), model.seqLen(), data.corpusSeed());
        }
        return sets;
    }

    @Override
    public Optional<EndReport> report(RankRuntime runtime, RewardModel trained) {
        if (sets().test().isEmpty()) {
            return Optional.empty();
        }
        RewardScores scores = RewardScores.of(trained, runtime, sets().test(), train.rowsPerMicroBatch());
        if (runtime.rank() > 0) {
            return Optional.empty();
        }
        RewardReport report = new RewardReport(sets(), scores, trained.hasDense());
        return Optional.of(new EndReport(report.lines(), "reward.json", report.json()));
    }
}
