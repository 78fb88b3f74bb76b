package io.witan.models.jiuzhang;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.jiuzhang.collate.RowBatch;
import io.witan.models.jiuzhang.collate.SecondPass;
import io.witan.models.jiuzhang.collate.Task;
import io.witan.models.jiuzhang.refine.Refinement;
import io.witan.models.jiuzhang.refine.SolutionWriter;
import io.witan.models.seq2seq.SequenceBuilder;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingPhases;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Recipes with a section {@code jiuzhang}. */
public final class JiuZhangFamily implements ModelFamily<RowBatch, JiuZhang> {
    private static final String FILE = "report.json";

    private final Sections sections;
    private JiuZhangData opened;

    /**
     * The sections of a recipe that are read.
     *
     * @param expertSharding shards of an expert
     */
    public record Sections(
            GptMoeConfig model, DataConfig data, TrainConfig train, JiuZhangConfig jiuzhang, int expertSharding) {}

    /** @throws ConfigException in one line if the encoder cannot be built as {@code model} says */
    public JiuZhangFamily(Sections sections) {
        this.sections = sections;
        SequenceBuilder.requireFits("jiuzhang", sections.model, Task.titles());
    }

    @Override
    public String name() {
        return "jiuzhang";
    }

    private int mostTokens() {
        return sections.model.seqLen() - 1;
    }

    private JiuZhangData data() {
        if (opened == null) {
            opened = new JiuZhangData(sections.data, sections.jiuzhang, mostTokens());
        }
        return opened;
    }

    private int vocabulary() {
        return sections.model.vocabulary(data().vocabulary().size());
    }

    @Override
    public String fingerprint() {
        return "jiuzhang decoders=" + sections.jiuzhang.decoderLayers() + " ff=" + sections.jiuzhang.decoderFf() + " "
                + sections.model.fingerprint(vocabulary())
                + (sections.expertSharding > 1 ? " parallel.expert_sharding=" + sections.expertSharding : "");
    }

    @Override
    public String tokenizerFingerprint() {
        return data().vocabulary().fingerprint();
    }

    @Override
    public List<ParameterSpec> declare(int expertSharding) {
        return JiuZhangTensors.declare(sections.model, sections.jiuzhang, vocabulary(), expertSharding);
    }

    /** Rows have their own lengths; about half of what they may have is what they bring. */
    @Override
    public MoeShape moe() {
        return MoeShape.of(
                sections.model.layers(),
                sections.model.moe().withExpertSharding(sections.expertSharding),
                (long) sections.train.rowsPerMicroBatch() * sections.model.seqLen() / 2);
    }

    @Override
    public JiuZhang build(ModelParts parts) {
        return new JiuZhangBuilder(sections.model, sections.jiuzhang, parts).build(new SecondPass(data().vocabulary()));
    }

    @Override
    public TrainingPhases<RowBatch> phases() {
        return new Phases(data(), sections.jiuzhang, sections.train, mostTokens()).all();
    }

    @Override
    public Optional<EndReport> report(RankRuntime runtime, JiuZhang model) {
        List<Measure> measures = new Report(new Predictions(runtime, model), data(), sections.jiuzhang).measures();
        long[][][] loads = model.loads().sum(runtime);
        List<String> lines =
                new ArrayList<>(measures.stream().map(Measure::line).toList());
        ObjectNode root = new JsonMapper().createObjectNode();
        root.putArray("measures").addAll(measures.stream().map(Measure::json).toList());
        ArrayNode loadList = root.putArray("expert_loads");
        for (int l = 0; l < loads.length; l++) {
            for (Task task : Task.values()) {
                long[] load = loads[l][task.ordinal()];
                long all = LongStream.of(load).sum();
                if (all > 0) {
                    lines.add("expert loads, layer " + l + ", " + task.title() + ": "
                            + LongStream.of(load)
                                    .mapToObj(of -> String.format(Locale.ROOT, "%.1f", 100.0 * of / all))
                                    .collect(Collectors.joining(" "))
                            + " %");
                    ArrayNode of = loadList.addObject()
                            .put("layer", l)
                            .put("task", task.title())
                            .putArray("load");
                    LongStream.of(load).forEach(of::add);
                }
            }
        }
        return Optional.of(new EndReport(lines, FILE, root));
    }

    @Override
    public EndReport measure(RankRuntime runtime, JiuZhang model, RowsToMeasure rows) {
        Predictions predictions = new Predictions(runtime, model);
        List<Measure> measures = new FileReport(predictions, data(), sections.jiuzhang, rows).measures();
        ObjectNode root = new JsonMapper().createObjectNode();
        root.putArray("measures").addAll(measures.stream().map(Measure::json).toList());
        return new EndReport(measures.stream().map(Measure::line).toList(), FILE, root);
    }

    /**
     * Writes answers of a file's open questions and has them refined by another model. In a group of one rank.
     *
     * @param rows the task is not looked at
     * @param writer that refines; stays the caller's
     * @throws io.witan.runtime.data.DataException in one line if a row cannot be used, before anything is computed
     * @throws io.witan.models.jiuzhang.refine.WriterException in one line if already the writer's first call fails
     */
    public EndReport refine(
            RankRuntime runtime,
            JiuZhang model,
            RowsToMeasure rows,
            SolutionWriter writer,
            Refinement.Settings settings) {
        return new RefinementReport(new Predictions(runtime, model), data()).of(rows, writer, settings);
    }
}
