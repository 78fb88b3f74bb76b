package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairEncoder;
import io.witan.models.dmoerm.data.PairRows;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.generated.PreferenceGenerator;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.WindowOrder;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingPhases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Reward models of recipes with a section {@code dmoerm}. */
public final class DmoermFamily implements ModelFamily<PreferenceBatch, RewardModel> {
    /** Tokens of a row, as a share of the longest: for what is planned before rows are there. */
    private static final double USUAL_LENGTH = 0.5;

    private static final String FILE = "reward.json";

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
        // Before ranks meet for the last time, so that none waits for this one afterwards.
        double[] bag = runtime.rank() == 0 ? RewardReport.bag(sets()) : new double[0];
        RewardScores scores = RewardScores.of(trained, runtime, sets().test(), train.rowsPerMicroBatch());
        if (runtime.rank() > 0) {
            return Optional.empty();
        }
        RewardReport report = RewardReport.ofTest(sets(), scores, bag, trained.hasDense());
        return Optional.of(new EndReport(report.lines(), FILE, report.json()));
    }

    /** A task is a category. */
    @Override
    public EndReport measure(RankRuntime runtime, RewardModel trained, RowsToMeasure rows) {
        Optional<Category> category = rows.task().map(DmoermFamily::category);
        PairRows read;
        try (Tokenizer opened = openTokenizer()) {
            read = PairRows.read(rows.file(), new PairEncoder(opened, model.seqLen()));
        }
        List<PreferencePair> pairs = read.decided().stream()
                .filter(pair -> category.isEmpty() || pair.labels().category() == category.get())
                .toList();
        if (pairs.isEmpty()) {
            throw new DataException(rows.file() + ": no pair is of category "
                    + category.orElseThrow().key());
        }
        WindowOrder order = new WindowOrder(0, pairs.size());
        List<PreferencePair> some = IntStream.range(0, Math.min(rows.most(), pairs.size()))
                .mapToObj(place -> pairs.get((int) order.at(place)))
                .toList();
        RewardScores scores = RewardScores.of(trained, runtime, some, train.rowsPerMicroBatch());
        RewardReport report = RewardReport.ofPairs(some, scores, trained.hasDense());
        List<String> lines = new ArrayList<>(report.lines());
        lines.addAll(report.categoryLines());
        if (read.undecided() > 0) {
            lines.add("left out, as neither response is better: " + read.undecided() + " pairs");
        }
        return new EndReport(lines, FILE, report.json());
    }

    private static Category category(String key) {
        return Arrays.stream(Category.values())
                .filter(category -> category.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new ConfigException("task " + key + " is no category of dmoerm, which has "
                        + Arrays.stream(Category.values()).map(Category::key).collect(Collectors.joining(", "))));
    }
}
