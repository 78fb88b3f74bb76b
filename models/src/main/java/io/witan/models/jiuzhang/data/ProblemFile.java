package io.witan.models.jiuzhang.data;

import io.witan.runtime.data.DataException;
import io.witan.runtime.data.JsonRow;
import io.witan.runtime.data.JsonRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** The files of problems that are known, below one folder. */
public enum ProblemFile {
    /** TAL-SCQ5K, Chinese: options, worked analysis and knowledge points. */
    TAL_CHINESE("tal_scq5k/ch_train.jsonl", Language.CHINESE, TalRow::problem),
    /** TAL-SCQ5K, English. */
    TAL_ENGLISH("tal_scq5k/en_train.jsonl", Language.ENGLISH, TalRow::problem),
    /** Math23K: a question, cut into words, and an equation. */
    MATH23K("math23k/train.jsonl", Language.CHINESE, WordProblemRow::math23k),
    /** CMATH: a question and its answer. */
    CMATH("cmath/dev.jsonl", Language.CHINESE, WordProblemRow::cmath),
    /** CMATH with statements that have nothing to do with the answer; made from questions of {@link #CMATH}. */
    CMATH_DISTRACTOR("cmath/distractor.jsonl", Language.CHINESE, WordProblemRow::cmathDistractor),
    /** GSM8K: a question and a worked solution. */
    GSM8K("gsm8k/train.jsonl", Language.ENGLISH, WordProblemRow::gsm8k),
    /** SVAMP: a question, an equation and the kind of its operation. */
    SVAMP("svamp/train.jsonl", Language.ENGLISH, WordProblemRow::svamp);

    private final String path;
    private final Language language;
    private final BiFunction<JsonRow, Language, Problem> parser;

    ProblemFile(String path, Language language, BiFunction<JsonRow, Language, Problem> parser) {
        this.path = path;
        this.language = language;
        this.parser = parser;
    }

    /** Where it is below the folder of data. */
    public String path() {
        return path;
    }

    /**
     * Reads all problems, in the order of the file.
     *
     * @param folder that has {@link #path}
     * @throws DataException if the file is missing or empty, or a row cannot be used: one line with file, row and field
     */
    public List<Problem> read(Path folder) {
        Path file = folder.resolve(path);
        if (!Files.isRegularFile(file)) {
            throw new DataException(file + ": no such file of problems");
        }
        List<Problem> problems = new ArrayList<>();
        JsonRows.read(file, row -> problems.add(parser.apply(row, language)));
        if (problems.isEmpty()) {
            throw new DataException(file + ": holds no problem");
        }
        return problems;
    }
}
