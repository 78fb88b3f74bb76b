package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.AnswerGeneration;
import io.witan.models.jiuzhang.collate.FineTuningSource;
import io.witan.models.jiuzhang.collate.FineTuningTask;
import io.witan.models.jiuzhang.collate.KnowledgePoints;
import io.witan.models.jiuzhang.collate.MultipleChoice;
import io.witan.models.jiuzhang.collate.PretrainingRows;
import io.witan.models.jiuzhang.collate.PretrainingSource;
import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.SimilarQuestions;
import io.witan.models.jiuzhang.collate.Stage;
import io.witan.models.jiuzhang.collate.Task;
import io.witan.models.jiuzhang.data.ChoiceQuestions;
import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemFile;
import io.witan.models.jiuzhang.data.ProblemSplit;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.models.jiuzhang.text.WordSplitter;
import io.witan.models.jiuzhang.text.WordVocabulary;
import io.witan.models.seq2seq.RowSource;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.Documents;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that rows are made of: problems, split once for all phases, their vocabulary, which is built of those to train on, and the tasks.
 * Holds the tokenizer until closed.
 */
final class JiuZhangData implements AutoCloseable {
    private static final int PROMPT_COUNT = 2;

    private final ProblemSplit texts;
    private final ProblemSplit questions;
    private final Tokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final KnowledgePoints.Levels levels;
    private final KnowledgePoints knowledge;
    private final MultipleChoice choice;
    private final MultipleChoice arithmetic;
    private final AnswerGeneration answer;
    private final SimilarQuestions similar;
    private final String fingerprint;

    /**
     * Reads, splits and counts; takes time in proportion to the data.
     *
     * @param mostTokens of a row behind its start
     * @throws DataException if the data cannot be used
     */
    JiuZhangData(DataConfig data, JiuZhangConfig config, int mostTokens) {
        Path folder = Path.of(data.path()
                .orElseThrow(
                        () -> new DataException("a jiuzhang recipe needs data.path, the folder of problems (--data)")));
        List<Problem> read = Arrays.stream(ProblemFile.values())
                .flatMap(file -> file.read(folder).stream())
                .toList();
        this.texts = ProblemSplit.of(read, data.validationFraction(), data.corpusSeed());
        List<Problem> generated =
                new ChoiceQuestions(data.corpusSeed(), config.choiceLargest()).questions(config.choiceQuestions());
        this.questions = ProblemSplit.of(generated, data.validationFraction(), data.corpusSeed());
        List<Problem> train = joined(texts.train(), questions.train());
        this.levels = new KnowledgePoints.Levels(config.levelEnglish(), config.levelChinese());
        WordSplitter splitter = new WordSplitter(texts.train().stream()
                .flatMap(problem -> problem.words().stream())
                .toList());
        this.tokenizer = config.words() == 0
                ? Tokenizers.open(data.tokenizer())
                : WordVocabulary.of(textsOf(train), splitter, config.words(), config.wholeNumbers());
        this.vocabulary = new Vocabulary(tokenizer, splitter, labels(levels));
        this.knowledge = new KnowledgePoints(vocabulary, levels, mostTokens);
        this.choice = new MultipleChoice(Task.CHOICE, vocabulary, mostTokens);
        this.arithmetic = new MultipleChoice(Task.ARITHMETIC, vocabulary, mostTokens);
        this.answer = new AnswerGeneration(vocabulary, mostTokens);
        this.similar = new SimilarQuestions(vocabulary, levels, texts.train(), mostTokens);
        this.fingerprint = vocabulary.fingerprint() + " train=" + fingerprint(train) + " validation="
                + fingerprint(joined(texts.heldBack(), questions.heldBack())) + " tokens=" + mostTokens + " alpha="
                + config.alpha() + " second="
                + config.secondSide();
    }

    private static List<Problem> joined(List<Problem> first, List<Problem> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private static List<String> textsOf(List<Problem> problems) {
        List<String> texts = new ArrayList<>();
        for (Problem problem : problems) {
            texts.add(problem.text());
            texts.add(problem.solution());
            texts.add(problem.answer());
            texts.addAll(problem.options());
        }
        for (int i = 0; i < PROMPT_COUNT; i++) {
            Arrays.stream(Task.values()).map(Task::prompt).forEach(texts::add);
        }
        return texts;
    }

    private LinkedHashMap<String, List<String>> labels(KnowledgePoints.Levels levels) {
        LinkedHashMap<String, List<String>> labels = new LinkedHashMap<>();
        List<String> points = levels.names(texts.train());
        if (points.isEmpty()) {
            throw new DataException("no problem has a knowledge point on level " + levels.english()
                    + " (jiuzhang.level_english) or " + levels.chinese() + " (jiuzhang.level_chinese)");
        }
        labels.put(Task.KNOWLEDGE.title(), points);
        labels.put(Task.CHOICE.title(), MultipleChoice.LETTERS);
        labels.put(Task.SIMILAR.title(), SimilarQuestions.ANSWERS);
        return labels;
    }

    private static String fingerprint(List<Problem> problems) {
        return new Documents(problems.stream().map(Problem::toString).toList()).fingerprint();
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** Problems of the files, to train on and held back. */
    ProblemSplit texts() {
        return texts;
    }

    /** Problems of the files to train on that are of a language, and that a task takes. */
    List<Problem> trained(FineTuningTask task, Language language) {
        return texts.train().stream()
                .filter(problem -> problem.language() == language && task.takes(problem))
                .toList();
    }

    /** The levels of knowledge points. */
    KnowledgePoints.Levels levels() {
        return levels;
    }

    /** Generated multiple choice, to train on and held back. */
    ProblemSplit questions() {
        return questions;
    }

    KnowledgePoints knowledge() {
        return knowledge;
    }

    MultipleChoice choice() {
        return choice;
    }

    /** Multiple choice of generated questions. */
    MultipleChoice arithmetic() {
        return arithmetic;
    }

    AnswerGeneration answer() {
        return answer;
    }

    SimilarQuestions similar() {
        return similar;
    }

    /** Rows of a stage of pre-training: of the files' problems, as generated questions have no solution. */
    RowSource<Row> pretraining(Stage stage, JiuZhangConfig config, int mostTokens, long seed) {
        return new PretrainingSource(
                texts, new PretrainingRows(vocabulary, stage, config.secondSide(), mostTokens), seed);
    }

    /** Rows of all tasks. */
    RowSource<Row> tuning(JiuZhangConfig config, long seed) {
        List<FineTuningSource.Part> parts = Stream.of(knowledge, choice, answer, similar)
                .map(task -> new FineTuningSource.Part(task, texts))
                .collect(Collectors.toCollection(ArrayList::new));
        parts.add(new FineTuningSource.Part(arithmetic, questions));
        return new FineTuningSource(parts, config.alpha(), seed);
    }

    /** Equal if and only if rows are, for one seed. */
    String fingerprint() {
        return fingerprint;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
