package io.witan.models;

import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.jiuzhang.JiuZhang;
import io.witan.models.jiuzhang.JiuZhangFamily;
import io.witan.models.jiuzhang.collate.RowBatch;
import io.witan.models.jiuzhang.refine.Refinement;
import io.witan.models.jiuzhang.refine.SolutionWriter;
import io.witan.runtime.config.ConfigException;
import java.nio.file.Path;

/** A checkpoint of a jiuzhang model opened in one process, to have its answers refined. */
public final class TrainedJiuZhang implements AutoCloseable {
    private final JiuZhangFamily family;
    private final TrainedFamily<RowBatch, JiuZhang> trained;

    private TrainedJiuZhang(JiuZhangFamily family, TrainedFamily<RowBatch, JiuZhang> trained) {
        this.family = family;
        this.trained = trained;
    }

    /**
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @param threads compute threads
     * @throws ConfigException in one line if it is of another family
     */
    public static TrainedJiuZhang open(Path from, int threads) {
        Recipe recipe = Recipes.bind(TrainedModel.config(from));
        if (!(Families.of(recipe) instanceof JiuZhangFamily family)) {
            throw new ConfigException(RunStorage.checkpoints(from) + " is a model of family "
                    + Families.of(recipe).name() + "; this works on family jiuzhang only");
        }
        return new TrainedJiuZhang(family, TrainedFamily.open(family, recipe, from, threads));
    }

    /** Completed training steps. */
    public long step() {
        return trained.step();
    }

    /** As {@link JiuZhangFamily#refine}. */
    public EndReport refine(RowsToMeasure rows, SolutionWriter writer, Refinement.Settings settings) {
        return family.refine(trained.instance().runtime(), trained.instance().model(), rows, writer, settings);
    }

    @Override
    public void close() {
        trained.close();
    }
}
