package io.witan.models;

import io.witan.models.dmoerm.DmoermConfig;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.MoeShape;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.jiuzhang.JiuZhangConfig;
import io.witan.models.ul2.Ul2Config;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataCache;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.Compute;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.TaskRouting;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.runtime.routing.ExpertPopularity;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingPhases;
import io.witan.scheduler.gradient.GradientWindows;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * All that defines a run: what is trained, on what, how, and where its parts go.
 *
 * @param dmoerm there: the model is a reward model
 * @param jiuzhang there: the model is one of many maths tasks
 * @param ul2 there: the model puts damaged texts right; with none of the three it is a text model
 */
public record Recipe(
        GptMoeConfig model,
        DataConfig data,
        TrainConfig train,
        ParallelConfig parallel,
        RoutingConfig routing,
        CheckpointConfig checkpoint,
        SampleConfig sample,
        Optional<DmoermConfig> dmoerm,
        Optional<JiuZhangConfig> jiuzhang,
        Optional<Ul2Config> ul2) {
    /** Refuses combinations that no single section shows. */
    public Recipe {
        if (Stream.of(dmoerm, jiuzhang, ul2).filter(Optional::isPresent).count() > 1) {
            throw new IllegalArgumentException("a recipe has one of the sections dmoerm, jiuzhang and ul2 at most");
        }
        refuseImposed(routing, model.gate());
        if (jiuzhang.isEmpty() && ul2.isEmpty()) {
            requireTextTasks(model, data, sample);
        }
        if (model.gate().select() == GateConfig.Select.SOFT && parallel.allToAll() == AllToAll.DEDUPLICATED) {
            throw new IllegalArgumentException("parallel.all_to_all deduplicated sends a token to a node once, and"
                    + " model.gate.select soft sends mixtures of tokens, once each; parallel.all_to_all may be flat,"
                    + " leader or two_level");
        }
        int shards = parallel.expertSharding();
        int hidden = model.moe().withExpertSharding(shards).shardHidden();
        requireWindows(parallel.gradients(), model.layers());
        if (parallel.device() == Compute.Target.CUDA && model.groupHeads() != model.heads()) {
            throw new IllegalArgumentException(
                    "parallel.device cuda has no grouped queries: model.kv_heads must be 0 or " + model.heads()
                            + ", as many as model.heads, got " + model.kvHeads());
        }
        if (parallel.device() == Compute.Target.CUDA && model.hasBiases()) {
            throw new IllegalArgumentException(
                    "parallel.device cuda has no experts with biases: model.biases must be none, got gpt2");
        }
        if (parallel.device() == Compute.Target.CUDA) {
            int multiple = parallel.precision().widthMultiple();
            if (model.dModel() % multiple != 0 || hidden % multiple != 0) {
                throw new IllegalArgumentException("parallel.device cuda with parallel.precision "
                        + parallel.precision().name().toLowerCase(Locale.ROOT) + " needs multiples of " + multiple
                        + " as model.d_model and model.d_ff, got model.d_model " + model.dModel() + " and model.d_ff "
                        + model.dFf() + (shards > 1 ? " / parallel.expert_sharding " + shards : "")
                        + "; parallel.precision fp32 takes any");
            }
        }
    }

    /** What a text model asks of sections that other families do not read. */
    private static void requireTextTasks(GptMoeConfig model, DataConfig data, SampleConfig sample) {
        requireTasks(model.gate().task(), data);
        taskOf("sample.task", sample, data);
    }

    private static void requireTasks(TaskRouting task, DataConfig data) {
        if (task.by() == TaskRouting.By.NONE) {
            return;
        }
        int given = data.tasks().size();
        if (given == 0) {
            throw new IllegalArgumentException("model.gate.task.by "
                    + task.by().name().toLowerCase(Locale.ROOT) + " needs data.tasks, which has none");
        }
        if (given > task.count()) {
            throw new IllegalArgumentException("model.gate.task.count " + task.count() + " must be at least " + given
                    + ", as data.tasks has " + String.join(", ", data.taskNames()));
        }
    }

    /** @param key where a name that is wrong comes from */
    private static OptionalInt taskOf(String key, SampleConfig sample, DataConfig data) {
        List<String> names = data.taskNames();
        if (sample.task().isEmpty()) {
            return names.isEmpty() ? OptionalInt.empty() : OptionalInt.of(0);
        }
        String name = sample.task().get();
        if (!names.contains(name)) {
            throw new IllegalArgumentException(key + " " + name + " is not in data.tasks, which has "
                    + (names.isEmpty() ? "none" : String.join(", ", names)));
        }
        return OptionalInt.of(names.indexOf(name));
    }

    /**
     * Number of the task that a text is to be of; empty: the data has no tasks.
     *
     * @throws ConfigException if it names none of them
     */
    OptionalInt taskOf(SampleConfig other) {
        try {
            return taskOf("task", other, data);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private static void refuseImposed(RoutingConfig routing, GateConfig gate) {
        if (routing.isImposed() && !mayImpose(gate)) {
            throw new IllegalArgumentException(
                    "routing.force_skew and routing.replay_loads take the choice from a gate with"
                            + " model.gate.select top_k and model.gate.bias_rate 0, got "
                            + gate.select().name().toLowerCase(Locale.ROOT) + " and " + gate.biasRate());
        }
    }

    private static boolean mayImpose(GateConfig gate) {
        return gate.select() == GateConfig.Select.TOP_K && gate.biasRate() == 0;
    }

    /** The MoE layers, with experts cut as this recipe wants them. */
    MoeConfig moe() {
        return model.moe().withExpertSharding(parallel.expertSharding());
    }

    /** Assignments of a token, as loads count them: to experts, or to all shards of its experts. */
    public int rowsPerToken() {
        return moe().rowsPerToken();
    }

    /** Owners of experts, or of their shards, with which a run begins: layers x shards. */
    int[][] owners(int ranks) {
        return OwnerPlacement.sharded(model.layers(), model.experts(), parallel.expertSharding(), ranks);
    }

    /** Names the model and how its experts are cut: what a checkpoint depends on. */
    public String fingerprint(int vocabulary) {
        int shards = parallel.expertSharding();
        return model.fingerprint(vocabulary) + (shards > 1 ? " parallel.expert_sharding=" + shards : "");
    }

    private static void requireWindows(GradientConfig gradients, int layers) {
        gradients.windows().ifPresent(windows -> {
            int count = windows.bytes().size();
            if (count > GradientWindows.STRETCHES * layers) {
                throw new IllegalArgumentException(
                        "parallel.gradients.window_bytes has " + count + " numbers; allowed are up to "
                                + GradientWindows.STRETCHES + " for each of " + layers + " layers");
            }
        });
    }

    /** This recipe with another section {@code parallel}. */
    Recipe with(ParallelConfig other) {
        return new Recipe(model, data, train, other, routing, checkpoint, sample, dmoerm, jiuzhang, ul2);
    }

    /**
     * This recipe with even loads, or with the router's own choice if no other can be imposed on its gate; and with starting values of no
     * checkpoint.
     */
    Recipe withEvenRouting() {
        Optional<String> skew = mayImpose(model.gate()) ? Optional.of("zipf:0") : Optional.empty();
        CheckpointConfig fresh = new CheckpointConfig(
                checkpoint.interval(),
                checkpoint.keep(),
                checkpoint.vault(),
                checkpoint.vaultMemory(),
                checkpoint.vaultFolder(),
                checkpoint.peerCopySteps(),
                Optional.empty());
        return new Recipe(
                model,
                data,
                train,
                parallel,
                new RoutingConfig(skew, Optional.empty()),
                fresh,
                sample,
                dmoerm,
                jiuzhang,
                ul2);
    }

    /**
     * Refuses a checkpoint to begin with that is of another model.
     *
     * @throws io.witan.runtime.checkpoint.CheckpointException in one line with file and tensor
     */
    public void requireInitialWeights(ModelFamily<?, ?> family) {
        checkpoint.initFrom().ifPresent(from -> CheckpointInitializer.open(family, Path.of(from))
                .close());
    }

    /**
     * Refuses phases that are longer or shorter than the run.
     *
     * @throws ConfigException in one line
     */
    public void requireSteps(TrainingPhases<?> phases) {
        if (phases.steps() != train.steps()) {
            throw new ConfigException(
                    "the phases have " + phases.steps() + " steps in all, train.steps is " + train.steps());
        }
    }

    /**
     * Refuses what only text models have: numbers that are found by timing their layers, and loads imposed on their gates. Without
     * costs the policies of other families weigh assignments alone.
     *
     * @throws ConfigException in one line
     */
    public void requireFits(ModelFamily<?, ?> family) {
        if (family instanceof GptFamily) {
            return;
        }
        if (parallel.leavesNumbers()) {
            throw new ConfigException("a model of family " + family.name() + " has no layers that can be timed:"
                    + " parallel.overlap_degree, memory_capacity and pipeline must be numbers, not auto, and"
                    + " gradients.release planned needs its windows");
        }
        if (routing.isImposed()) {
            throw new ConfigException("routing.force_skew and routing.replay_loads impose loads on text models, not on"
                    + " one of family " + family.name());
        }
    }

    /**
     * The routing that is imposed; empty: the router chooses.
     *
     * @throws ConfigException in one line if recorded loads can't be read or are of another model
     */
    public Optional<ExpertPopularity> imposedRouting() {
        return routing.imposed(model, train.seed());
    }

    /** Token ids that the model has room for, at least those of the data. */
    public int vocabularySize() {
        return model.vocabulary(tokenIds());
    }

    private int tokenIds() {
        if (data.source() == DataConfig.Source.LCG) {
            return data.vocabularySize();
        }
        try (Tokenizer tokenizer = Tokenizers.open(data.tokenizer())) {
            return tokenizer.vocabularySize();
        }
    }

    /** Names the tokenizer of the data. */
    public String tokenizerFingerprint() {
        if (data.source() == DataConfig.Source.LCG) {
            return "none";
        }
        try (Tokenizer tokenizer = Tokenizers.open(data.tokenizer())) {
            return tokenizer.fingerprint();
        }
    }

    /** Opens the data, cut for this recipe's steps. */
    public TrainingData<TokenBatch> openData() {
        return openData(new DataCache());
    }

    /** As {@link #openData()}, without reading what was opened before. */
    public TrainingData<TokenBatch> openData(DataCache opened) {
        return opened.open(data, train.seed(), model.seqLen(), train.rowsPerMicroBatch(), train.accumulation());
    }

    /**
     * Refuses ranks that this recipe cannot keep busy, or whose nodes have no room for all shards of an expert.
     *
     * @throws ConfigException in one line that names both sides
     */
    public void requireRanks(Topology topology) {
        int ranks = topology.rankCount();
        int shards = parallel.expertSharding();
        for (int node = 0; node < topology.nodeCount(); node++) {
            if (topology.rankCount(node) % shards != 0) {
                throw new ConfigException("parallel.expert_sharding " + shards
                        + " must divide the ranks of every node, got " + topology.rankCount(node) + " on node " + node);
            }
        }
        if (ranks > train.globalBatch()) {
            throw new ConfigException(
                    ranks + " ranks exceed the " + train.globalBatch() + " rows of a step (train.global_batch)");
        }
        MoeShape moe = Families.of(this).moe();
        long slots = (long) moe.layers() * moe.shards();
        if (ranks > slots) {
            throw new ConfigException(ranks + " ranks exceed the " + slots
                    + " expert slots over all layers (" + moe.layers() + " MoE layers x " + moe.experts() + " experts"
                    + (shards > 1 ? " x parallel.expert_sharding " + shards : "") + ")");
        }
    }
}
