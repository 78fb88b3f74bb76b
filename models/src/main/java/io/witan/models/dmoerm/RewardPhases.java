package io.witan.models.dmoerm;

import io.witan.runtime.config.ConfigException;
import io.witan.runtime.train.LearningRate;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingPhase;
import io.witan.runtime.train.TrainingPhases;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The phases of a reward model's run: the stages that have a part of the steps, in their order, each with its own tensors and pairs. */
final class RewardPhases {
    private RewardPhases() {}

    /**
     * Steps of each stage in the proportions of the configuration, at least one where it is not 0; together {@code train.steps}.
     *
     * @throws ConfigException if there are fewer steps than phases, or no proportions
     */
    static Map<Stage, Integer> steps(DmoermConfig config, boolean hasPoints, int steps) {
        List<Stage> stages = Stream.of(Stage.values())
                .filter(stage -> config.part(stage) > 0 && (hasPoints || stage != Stage.POINTS))
                .toList();
        if (steps < stages.size() || stages.isEmpty()) {
            throw new ConfigException("train.steps " + steps + " must be enough for a step of each phase, which are "
                    + stages.stream().map(Stage::key).toList());
        }
        double all = stages.stream().mapToDouble(config::part).sum();
        Map<Stage, Integer> each = new EnumMap<>(Stage.class);
        double before = 0;
        int given = 0;
        for (int i = 0; i < stages.size(); i++) {
            before += config.part(stages.get(i));
            int left = stages.size() - 1 - i;
            int end = (int) Math.clamp(Math.round(steps * before / all), given + 1L, (long) steps - left);
            each.put(stages.get(i), end - given);
            given = end;
        }
        return each;
    }

    /** @throws io.witan.runtime.data.DataException if no pair has a label for a stage */
    static TrainingPhases<PreferenceBatch> of(DmoermConfig config, PairSets sets, TrainConfig train) {
        StageData.Shape shape = new StageData.Shape(train.rowsPerMicroBatch(), train.accumulation(), train.seed());
        List<TrainingPhases.Part<PreferenceBatch>> parts = new ArrayList<>();
        steps(config, sets.hasPoints(), train.steps()).forEach((stage, steps) -> {
            TrainingPhase phase = new TrainingPhase(
                    stage.key(), steps, rate(config.rate(stage), steps, train), RewardTensors.trained(stage));
            parts.add(new TrainingPhases.Part<>(phase, new StageData(stage, sets, shape)));
        });
        return new TrainingPhases<>(parts);
    }

    /** Warm-up and course as in section {@code train}, whose least rate is taken as a share of its highest. */
    private static LearningRate rate(double peak, int steps, TrainConfig train) {
        double least = train.lr() > 0 ? peak * train.minLr() / train.lr() : 0;
        return new LearningRate(peak, least, Math.min(train.warmupSteps(), steps), steps, train.schedule());
    }
}
