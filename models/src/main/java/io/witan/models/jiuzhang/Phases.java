package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.RowBatch;
import io.witan.models.jiuzhang.collate.Stage;
import io.witan.models.jiuzhang.collate.Task;
import io.witan.models.seq2seq.RowData;
import io.witan.models.seq2seq.RowSource;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.train.LearningRate;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingPhase;
import io.witan.runtime.train.TrainingPhases;
import java.util.List;

/** The phases of a run: three stages of pre-training and fine-tuning, each with warm-up and schedule of its own; all is trained in all. */
final class Phases {
    /** The phase in which rows make two passes. */
    static final String CHECKING = "checking";

    private final JiuZhangData data;
    private final JiuZhangConfig config;
    private final TrainConfig train;
    private final int mostTokens;

    /** @param mostTokens of a row behind its start */
    Phases(JiuZhangData data, JiuZhangConfig config, TrainConfig train, int mostTokens) {
        if (config.steps() != train.steps()) {
            throw new ConfigException("train.steps " + train.steps()
                    + " must be the steps of all phases: jiuzhang.masked_steps + logic_steps + checking_steps + tuning_steps = "
                    + config.steps());
        }
        this.data = data;
        this.config = config;
        this.train = train;
        this.mostTokens = mostTokens;
    }

    TrainingPhases<RowBatch> all() {
        return new TrainingPhases<>(List.of(
                stage("masked", config.maskedSteps(), Stage.MASKED_DENOISING),
                stage("logic", config.logicSteps(), Stage.LOGIC_RECOVERING),
                stage(CHECKING, config.checkingSteps(), Stage.SOLUTION_CHECKING),
                part("tuning", config.tuningSteps(), config.tuningLr(), data.tuning(config, train.seed()))));
    }

    private TrainingPhases.Part<RowBatch> stage(String name, int steps, Stage stage) {
        return part(
                name, steps, train.lr(), data.pretraining(stage, config, mostTokens, train.seed() + stage.ordinal()));
    }

    private TrainingPhases.Part<RowBatch> part(String name, int steps, double lr, RowSource<Row> source) {
        LearningRate rate = new LearningRate(
                lr, Math.min(lr, train.minLr()), Math.min(steps, train.warmupSteps()), steps, train.schedule());
        RowData.Shape shape =
                new RowData.Shape(train.rowsPerMicroBatch(), train.accumulation(), config.validationRows());
        String fingerprint = name + " seed=" + train.seed() + " rows=" + shape.rows() + "x" + shape.microBatches() + " "
                + data.fingerprint();
        return new TrainingPhases.Part<>(
                new TrainingPhase(name, steps, rate),
                new RowData<>(
                        source,
                        new RowData.Form<>(RowBatch::new, Task.titles()),
                        shape,
                        data.vocabulary().size(),
                        fingerprint));
    }
}
