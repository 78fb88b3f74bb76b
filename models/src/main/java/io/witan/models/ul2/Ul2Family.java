package io.witan.models.ul2;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.seq2seq.DecoderTensors;
import io.witan.models.seq2seq.RowData;
import io.witan.models.seq2seq.SequenceBuilder;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.TaskResult;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingPhases;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Recipes with a section {@code ul2}. */
public final class Ul2Family implements ModelFamily<DenoisedBatch, Ul2> {
    private static final String FILE = "report.json";
    /** The decoder has three positions even of a text of one token; of texts this short all denoisers hide one or two. */
    private static final int LEAST_POSITIONS = 8;

    private final Sections sections;
    private Pieces pieces;
    private TrainingData<DenoisedBatch> opened;

    /**
     * The sections of a recipe that are read.
     *
     * @param expertSharding shards of an expert
     */
    public record Sections(GptMoeConfig model, DataConfig data, TrainConfig train, Ul2Config ul2, int expertSharding) {}

    /** @throws ConfigException in one line if the model cannot be built as {@code model} says, or the data is no text */
    public Ul2Family(Sections sections) {
        this.sections = sections;
        SequenceBuilder.requireFits("ul2", sections.model, Mode.names());
        if (sections.model.seqLen() < LEAST_POSITIONS) {
            throw new ConfigException("section ul2: model.seq_len must be at least " + LEAST_POSITIONS + ", got "
                    + sections.model.seqLen());
        }
        if (sections.data.source() == DataConfig.Source.LCG) {
            throw new ConfigException("section ul2: data.source must be arithmetic or file, as lcg is no text");
        }
    }

    @Override
    public String name() {
        return "ul2";
    }

    /** Tokens of a text in a row: its mode stands before them. */
    private int mostTokens() {
        return sections.model.seqLen() - 1;
    }

    private Tokenizer tokenizer() {
        return Tokenizers.open(sections.data.tokenizer());
    }

    private Pieces pieces() {
        if (pieces == null) {
            try (Tokenizer tokenizer = tokenizer()) {
                pieces = Pieces.of(tokenizer, mostTokens());
            }
        }
        return pieces;
    }

    private int vocabulary() {
        return sections.model.vocabulary(pieces().size());
    }

    @Override
    public String fingerprint() {
        return "ul2 decoder=" + sections.ul2.decoderLayers() + " ff=" + sections.ul2.decoderFf() + " "
                + sections.model.fingerprint(vocabulary())
                + (sections.expertSharding > 1 ? " parallel.expert_sharding=" + sections.expertSharding : "");
    }

    @Override
    public String tokenizerFingerprint() {
        try (Tokenizer tokenizer = tokenizer()) {
            return tokenizer.fingerprint() + "+" + pieces().sentinels();
        }
    }

    @Override
    public List<ParameterSpec> declare(int expertSharding) {
        List<ParameterSpec> specs =
                new ArrayList<>(GptMoeTensors.declare(sections.model, vocabulary(), expertSharding));
        DecoderTensors.declareGeneration(specs, sections.model, sections.ul2.decoder());
        return specs;
    }

    /** Rows have their own lengths; the encoder gets what is kept, about two thirds. */
    @Override
    public MoeShape moe() {
        return MoeShape.of(
                sections.model.layers(),
                sections.model.moe().withExpertSharding(sections.expertSharding),
                (long) sections.train.rowsPerMicroBatch() * sections.model.seqLen() * 2 / 3);
    }

    @Override
    public Ul2 build(ModelParts parts) {
        SequenceBuilder builder = new SequenceBuilder(sections.model, sections.ul2.decoder(), parts);
        return new Ul2(
                parts.runtime(), parts.state(), builder.encoder(), builder.generation(), sections.model.dModel());
    }

    @Override
    public TrainingPhases<DenoisedBatch> phases() {
        return TrainingPhases.single(sections.train, data());
    }

    private TrainingData<DenoisedBatch> data() {
        if (opened == null) {
            Texts texts;
            try (Tokenizer tokenizer = tokenizer()) {
                texts = Texts.read(sections.data, tokenizer);
            }
            TrainConfig train = sections.train;
            RowData.Shape shape = new RowData.Shape(
                    train.rowsPerMicroBatch(),
                    train.accumulation(),
                    sections.ul2.validationTexts() * Denoiser.values().length);
            String fingerprint = "ul2 seed=" + train.seed() + " rows=" + shape.rows() + "x" + shape.microBatches()
                    + " tokens=" + mostTokens() + " " + texts.fingerprint();
            opened = new RowData<>(
                    new DenoisingRows(texts, pieces(), mostTokens(), train.seed()),
                    new RowData.Form<>(DenoisedBatch::new, Mode.names()),
                    shape,
                    pieces().size(),
                    fingerprint);
        }
        return opened;
    }

    /** The loss of what is held back, of each mode. */
    @Override
    public Optional<EndReport> report(RankRuntime runtime, Ul2 model) {
        if (data().validationBatches() == 0) {
            return Optional.empty();
        }
        Evaluator.Result result = new Evaluator<>(runtime, model, data()).run(0);
        List<String> lines = new ArrayList<>();
        ObjectNode root = new JsonMapper().createObjectNode();
        ArrayNode modes = root.putArray("modes");
        for (TaskResult mode : result.tasks()) {
            lines.add(line(
                    mode.task() + " (" + Mode.valueOf(mode.task()).words() + ")", mode.perToken(), mode.targets()));
            modes.addObject()
                    .put("mode", mode.task())
                    .put("loss", mode.perToken())
                    .put("targets", mode.targets());
        }
        lines.add(line("all", result.perToken(), result.targets()));
        root.put("loss", result.perToken()).put("targets", result.targets());
        return Optional.of(new EndReport(lines, FILE, root));
    }

    private static String line(String of, double loss, long targets) {
        return String.format(Locale.ROOT, "%s: validation loss %.4f nats a target, %d targets", of, loss, targets);
    }
}
