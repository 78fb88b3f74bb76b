package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.runtime.data.WindowOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** What the model does on problems that were held back. All ranks make it together. */
final class Report {
    private final TaskMeasures tasks;
    private final JiuZhangData data;
    private final JiuZhangConfig config;

    Report(Predictions predictions, JiuZhangData data, JiuZhangConfig config) {
        this.tasks = new TaskMeasures(predictions, data);
        this.data = data;
        this.config = config;
    }

    /** One for each task and kind of data. */
    List<Measure> measures() {
        List<Problem> texts = data.texts().heldBack();
        List<Measure> measures = new ArrayList<>();
        measures.addAll(knowledge("TAL English level " + config.levelEnglish(), Language.ENGLISH));
        measures.addAll(knowledge("TAL Chinese level " + config.levelChinese(), Language.CHINESE));
        Predicate<Problem> choice = data.choice()::takes;
        measures.add(tasks.choice(
                "generated arithmetic",
                some(data.questions().heldBack(), choice, config.reportRows()),
                data.questions().train()));
        measures.add(choice("TAL English", Language.ENGLISH));
        measures.add(choice("TAL Chinese", Language.CHINESE));
        int queries = Math.max(1, config.reportRows() / (TaskMeasures.DIFFERENT + 1) * 2);
        measures.add(tasks.similar(some(texts, data.similar()::takes, queries)));
        measures.add(tasks.answers(
                some(texts, data.answer()::takes, config.writtenRows()), data.trained(data.answer())));
        return measures;
    }

    /** In a fixed order that is not that of the files. */
    static List<Problem> some(List<Problem> problems, Predicate<Problem> wanted, int most) {
        List<Problem> all = problems.stream().filter(wanted).toList();
        WindowOrder order = new WindowOrder(0, Math.max(1, all.size()));
        return IntStream.range(0, Math.min(most, all.size()))
                .mapToObj(place -> all.get((int) order.at(place)))
                .toList();
    }

    private List<Measure> knowledge(String name, Language language) {
        return tasks.knowledge(
                name,
                some(data.texts().heldBack(), in(language).and(data.knowledge()::takes), config.reportRows()),
                data.trained(language, data.knowledge()));
    }

    private Measure choice(String name, Language language) {
        return tasks.choice(
                name,
                some(data.texts().heldBack(), in(language).and(data.choice()::takes), config.reportRows()),
                data.trained(language, data.choice()));
    }

    private static Predicate<Problem> in(Language language) {
        return problem -> problem.language() == language;
    }
}
