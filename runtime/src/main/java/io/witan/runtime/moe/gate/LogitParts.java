package io.witan.runtime.moe.gate;

import io.witan.kernels.Kernels;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.TaskRouting;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The tensors of what makes logits, and that made of them. */
record LogitParts(Kernels kernels, MoeConfig config, GateParts.Given given) {
    private static final double COSINE_DEVIATION = 0.01;
    /** exp(ln 2): cosines are doubled at first. */
    private static final float FIRST_TEMPERATURE = 0.6931472f;
    /** That of a token, which comes out of a norm. */
    private static final double EMBEDDING_DEVIATION = 1;

    private static final String NOISE = "noise";
    private static final String PROJECTION = "projection";
    private static final String PROJECTION_BIAS = "projection_bias";
    private static final String TEMPERATURE = "temperature";
    private static final String TASK_BIAS = "task_bias";
    private static final String TASK_EMBEDDING = "task_embedding";

    /** As {@link GateParts#declare}. */
    static List<ParameterSpec> declare(MoeConfig config, String name, double deviation) {
        TaskRouting task = config.gate().task();
        int low = task.embeddingWidth(config.width());
        if (task.by() == TaskRouting.By.ROUTER) {
            return IntStream.range(0, task.count())
                    .mapToObj(t -> source(config, ofTask(name, t), config.width(), deviation))
                    .flatMap(List::stream)
                    .toList();
        }
        List<ParameterSpec> specs = new ArrayList<>(source(config, name, config.width() + low, deviation));
        if (task.by() == TaskRouting.By.BIAS) {
            ParameterSpec.Init zero = new ParameterSpec.Init.Constant(0);
            specs.add(plain(name + "." + TASK_BIAS, task.count(), config.experts(), zero));
        }
        if (task.by() == TaskRouting.By.EMBEDDING) {
            ParameterSpec.Init random = new ParameterSpec.Init.Random(EMBEDDING_DEVIATION);
            specs.add(plain(name + "." + TASK_EMBEDDING, task.count(), low, random));
        }
        return specs;
    }

    /** @param width of what logits are made of */
    private static List<ParameterSpec> source(MoeConfig config, String name, int width, double deviation) {
        int experts = config.experts();
        int rows = config.gate().select() == GateConfig.Select.SOFT
                ? experts * config.gate().slots()
                : experts;
        ParameterSpec router = ParameterSpec.matrix(name, rows, width, deviation);
        return switch (config.gate().logits()) {
            case LINEAR -> List.of(router);
            case NOISY -> List.of(router, zeroes(name + "." + NOISE, experts, width));
            case COSINE -> {
                int low = config.gate().cosineWidth(config.width());
                yield List.of(
                        ParameterSpec.matrix(name, experts, low, COSINE_DEVIATION),
                        ParameterSpec.matrix(name + "." + PROJECTION, low, width, deviation),
                        ParameterSpec.vector(name + "." + PROJECTION_BIAS, low, 0),
                        ParameterSpec.vector(name + "." + TEMPERATURE, 1, FIRST_TEMPERATURE));
            }
        };
    }

    private static ParameterSpec zeroes(String name, int rows, int cols) {
        return new ParameterSpec(name, new long[] {rows, cols}, new ParameterSpec.Init.Constant(0), true, -1, -1);
    }

    /** Without weight decay, as a bias: a task that is rare would fade. */
    private static ParameterSpec plain(String name, int rows, int cols, ParameterSpec.Init init) {
        return new ParameterSpec(name, new long[] {rows, cols}, init, false, -1, -1);
    }

    /** Name of the tensors of a task, if it has some of its own. */
    static String ofTask(String name, int task) {
        return name + "." + task;
    }

    Logits create() {
        return switch (config.gate().task().by()) {
            case NONE, ROUTER -> source();
            case BIAS -> new TaskBias(kernels.vector(), source(), given.tensor(TASK_BIAS));
            case EMBEDDING ->
                new TaskEmbedding(kernels.vector(), source(), given.tensor(TASK_EMBEDDING), config.width());
        };
    }

    private Logits source() {
        return switch (config.gate().logits()) {
            case LINEAR -> ofTasks(own -> linear(own.router()));
            case NOISY ->
                new NoisyLogits(
                        ofTasks(own -> linear(own.router())),
                        ofTasks(own -> linear(own.tensor(NOISE))),
                        new NormalNoise(given.seed()),
                        config.experts());
            case COSINE ->
                ofTasks(own -> new CosineLogits(
                        kernels,
                        new CosineLogits.Parameters(
                                own.tensor(PROJECTION),
                                own.tensor(PROJECTION_BIAS),
                                own.router(),
                                own.tensor(TEMPERATURE))));
        };
    }

    private Logits linear(Parameter router) {
        return new LinearLogits(kernels.linear(), router);
    }

    /** One for all tasks, or one for each. */
    private Logits ofTasks(Function<GateParts.Given, Logits> one) {
        TaskRouting task = config.gate().task();
        if (task.by() != TaskRouting.By.ROUTER) {
            return one.apply(given);
        }
        List<Logits> each = IntStream.range(0, task.count())
                .mapToObj(t -> one.apply(given.ofTask(t)))
                .toList();
        return new TaskRouters(kernels.vector(), each, config.experts(), config.width());
    }
}
