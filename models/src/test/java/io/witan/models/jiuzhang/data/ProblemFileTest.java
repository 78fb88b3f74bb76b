package io.witan.models.jiuzhang.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemFileTest {
    private static final String TAL =
            """
            {"qtype": "single_choice", "problem": "1 + 1 = ? ", "answer_option_list": \
            [[{"aoVal": "A", "content": "1"}], [{"aoVal": "B", "content": "2 "}]], \
            "knowledge_point_routes": ["Wide->Narrow ->Point", "Other"], "answer_analysis": ["Count,", "twice."], \
            "answer_value": "B"}""";

    @TempDir
    private Path folder;

    private List<Problem> read(ProblemFile file, String... rows) {
        try {
            Path path = folder.resolve(file.path());
            Files.createDirectories(path.getParent());
            Files.writeString(path, String.join("\n", rows));
            return file.read(folder);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRowOfSingleChoice() {
        Problem problem = read(ProblemFile.TAL_ENGLISH, "", TAL).getFirst();
        assertThat(problem.place()).endsWith("tal_scq5k/en_train.jsonl:2");
        assertThat(problem.language()).isEqualTo(Language.ENGLISH);
        assertThat(problem.text()).isEqualTo("1 + 1 = ?");
        assertThat(problem.options()).containsExactly("1", "2");
        assertThat(problem.right()).isOne();
        assertThat(problem.answer()).isEqualTo("2");
        assertThat(problem.solution()).isEqualTo("Count, twice.");
        assertThat(problem.route()).containsExactly("Wide", "Narrow", "Point");
        assertThat(problem.knowledgePoint(2)).isEqualTo("Narrow");
        assertThat(problem.knowledgePoint(4)).isEmpty();
    }

    @Test
    void rowsOfWordProblems() {
        assertThat(read(
                                ProblemFile.MATH23K,
                                "{\"original_text\": \"还剩多少 页\", \"segmented_text\": \"还剩 多少 页\","
                                        + " \"equation\": \"x=99-90\", \"ans\": \"9\"}")
                        .getFirst())
                .satisfies(problem -> {
                    assertThat(problem.words()).containsExactly("还剩", "多少", "页");
                    assertThat(problem.solution()).isEqualTo("x=99-90");
                    assertThat(problem.key()).isEqualTo("还剩多少页");
                });
        assertThat(read(
                                ProblemFile.GSM8K,
                                "{\"question\": \"How many?\", \"answer\": \"48/2 = <<48/2=24>>24 clips\\n#### 24\"}")
                        .getFirst())
                .satisfies(problem -> {
                    assertThat(problem.solution()).isEqualTo("48/2 = 24 clips");
                    assertThat(problem.answer()).isEqualTo("24");
                });
        assertThat(read(
                                ProblemFile.SVAMP,
                                "{\"Body\": \"He had 4\", \"Question\": \"What is left?\", \"Equation\": \"( 4.0 - 3.0 )\","
                                        + " \"Answer\": 1.0, \"Type\": \"Common-Divison\"}")
                        .getFirst())
                .satisfies(problem -> {
                    assertThat(problem.text()).isEqualTo("He had 4. What is left?");
                    assertThat(problem.answer()).isEqualTo("1");
                    assertThat(problem.route()).containsExactly("Arithmetic", "Division");
                });
        assertThat(read(ProblemFile.CMATH_DISTRACTOR, "{\"input\": \"长\", \"original\": \"短 的\", \"golden\": \"3\"}")
                        .getFirst()
                        .key())
                .isEqualTo("短的");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "\"qtype\": \"single_choice\"~ \"qtype\": \"blank\"~ field \"qtype\" is \"blank\"; allowed are single_choice",
                "\"answer_value\": \"B\"~ \"answer_value\": \"E\"~ field \"answer_value\" is \"E\"; allowed are A, B",
                "\"content\": \"1\"~ \"content\": \" \"~ field \"answer_option_list\" has an option without \"content\"",
                "\"aoVal\": \"B\"~ \"aoVal\": \"A\"~ field \"answer_option_list\" has a letter twice: A, A",
                "\"problem\": \"1 + 1 = ? \"~ \"problem\": \"\"~ field \"problem\" holds no text",
                "\"problem\": \"1 + 1 = ? \"~ \"problem\": 2~ field \"problem\" is a number, not a text",
                "\"answer_analysis\"~ \"analysis\"~ no field \"answer_analysis\"",
                "[\"Count,\", \"twice.\"]~ \"Count\"~ field \"answer_analysis\" is a text, not an array"
            })
    void whatIsRefusedIsNamedByFileRowAndField(String part, String wrong, String message) {
        String row = TAL.replace(part, wrong);
        assertThat(row).isNotEqualTo(TAL);
        assertThatThrownBy(() -> read(ProblemFile.TAL_CHINESE, TAL, row))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("tal_scq5k/ch_train.jsonl:2: " + message);
    }

    @Test
    void aQuestionWithoutOptionsIsRefused() {
        String row = TAL.replaceAll("\\[\\[.*\\]\\]", "[]");
        assertThatThrownBy(() -> read(ProblemFile.TAL_CHINESE, row))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("ch_train.jsonl:1: field \"answer_option_list\" has no option");
    }

    @Test
    void anOperationOutsideTheSetIsRefused() {
        assertThatThrownBy(
                        () -> read(
                                ProblemFile.SVAMP,
                                "{\"Body\": \"b\", \"Question\": \"q\", \"Equation\": \"1\", \"Answer\": 1, \"Type\": \"Root\"}"))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("svamp/train.jsonl:1: field \"Type\" is \"Root\"; allowed are Addition,"
                        + " Common-Division, Common-Divison, Multiplication, Subtraction");
    }

    @Test
    void aSolutionWithoutResultIsRefused() {
        assertThatThrownBy(() -> read(ProblemFile.GSM8K, "{\"question\": \"q\", \"answer\": \"so 5\"}"))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("gsm8k/train.jsonl:1: field \"answer\" has no line #### with the result");
    }

    @Test
    void aFileThatIsMissingOrEmptyIsRefused() {
        assertThatThrownBy(() -> ProblemFile.CMATH.read(folder))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("cmath/dev.jsonl: no such file of problems");
        assertThatThrownBy(() -> read(ProblemFile.CMATH, ""))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("cmath/dev.jsonl: holds no problem");
    }
}
