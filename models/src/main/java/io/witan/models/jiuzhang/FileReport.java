package io.witan.models.jiuzhang;

import io.witan.models.family.RowsToMeasure;
import io.witan.models.jiuzhang.collate.FineTuningTask;
import io.witan.models.jiuzhang.collate.MultipleChoice;
import io.witan.models.jiuzhang.collate.Task;
import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemRows;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the model does on the problems of a file. All ranks make it together. */
final class FileReport {
    private final Predictions predictions;
    private final Report report;
    private final JiuZhangData data;
    private final JiuZhangConfig config;
    private final RowsToMeasure rows;

    FileReport(Predictions predictions, JiuZhangData data, JiuZhangConfig config, RowsToMeasure rows) {
        this.predictions = predictions;
        this.report = new Report(predictions, data, config);
        this.data = data;
        this.config = config;
        this.rows = rows;
    }

    /**
     * One for each task, and where it tells labels one for each language, of which there are rows.
     *
     * @throws ConfigException if there is no such task
     * @throws DataException if a row cannot be used, or none has what a task takes
     */
    List<Measure> measures() {
        List<FineTuningTask> all =
                List.of(data.knowledge(), data.choice(), data.answer(), data.similar(), data.arithmetic());
        List<FineTuningTask> wanted = all.stream().filter(this::isWanted).toList();
        if (wanted.isEmpty()) {
            throw new ConfigException("task " + rows.task().orElseThrow() + " is none of jiuzhang, which has "
                    + all.stream().map(task -> task.task().title()).collect(Collectors.joining(", ")));
        }
        ProblemRows read = ProblemRows.read(rows.file());
        if (wanted.contains(data.knowledge())) {
            requireKnownPoints(read);
        }
        List<Measure> told = wanted.stream()
                .flatMap(task -> of(task, read.problems()).stream())
                .toList();
        if (told.isEmpty()) {
            throw new DataException(rows.file() + ": no row has what task "
                    + wanted.stream().map(task -> task.task().title()).collect(Collectors.joining(", ")) + " takes");
        }
        return told;
    }

    /** Choice and arithmetic ask the same of rows with other words: the latter is measured if it is named. */
    private boolean isWanted(FineTuningTask task) {
        return rows.task().map(task.task().title()::equals).orElse(task.task() != Task.ARITHMETIC);
    }

    /** A point that the model has no label for would be wrong whatever it tells. */
    private void requireKnownPoints(ProblemRows read) {
        Map<Language, Set<String>> known = new EnumMap<>(Language.class);
        for (Problem problem : read.problems()) {
            String point = data.levels().of(problem);
            Set<String> points = known.computeIfAbsent(problem.language(), this::knownPoints);
            if (!point.isEmpty() && !points.contains(point)) {
                throw new DataException(
                        problem.place() + ": field \"" + read.form().points() + "\" has \"" + point
                                + "\" on level " + level(problem.language()) + ", none of the " + points.size()
                                + " knowledge points that the model knows in this language; --task names tasks that need none");
            }
        }
    }

    private Set<String> knownPoints(Language language) {
        return Set.copyOf(data.levels().names(data.trained(data.knowledge(), language)));
    }

    private int level(Language language) {
        return language == Language.ENGLISH ? config.levelEnglish() : config.levelChinese();
    }

    private List<Measure> of(FineTuningTask task, List<Problem> problems) {
        if (task.task() == Task.ANSWER || task.task() == Task.SIMILAR) {
            List<Problem> some = some(task, problems.stream());
            return some.isEmpty()
                    ? List.of()
                    : List.of(task.task() == Task.ANSWER ? report.answers(some) : report.similar(some));
        }
        List<Measure> told = new ArrayList<>();
        for (Language language : Language.values()) {
            List<Problem> some = some(task, problems.stream().filter(problem -> problem.language() == language));
            if (!some.isEmpty()) {
                told.addAll(labelled(task, language, some));
            }
        }
        return told;
    }

    private List<Problem> some(FineTuningTask task, Stream<Problem> problems) {
        return Report.some(problems.toList(), task::takes, rows.most());
    }

    private List<Measure> labelled(FineTuningTask task, Language language, List<Problem> problems) {
        String name = language.name().toLowerCase(Locale.ROOT);
        if (task instanceof MultipleChoice choice) {
            List<Problem> trained = choice.task() == Task.CHOICE
                    ? data.trained(choice, language)
                    : data.questions().train();
            return List.of(ChoiceReport.of(predictions, choice, trained).measure(name, problems));
        }
        return report.knowledge(name + " level " + level(language), language, problems);
    }
}
