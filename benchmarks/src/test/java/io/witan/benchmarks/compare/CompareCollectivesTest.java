package io.witan.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files in, report out. */
class CompareCollectivesTest {
    private static final long SMALL = 1024;
    private static final long BIG = 8 << 20;

    @TempDir
    Path folder;

    private Path targets;

    @BeforeEach
    void writeTargets() throws IOException {
        targets = Files.writeString(
                folder.resolve("targets.txt"),
                """
                mpi   2 1   64M 2    all
                limit 2 4M+ 64M 0.85 all
                gloo  2 1   64M 5    all
                spin  2 1   4K  2    all
                yield 2 1   4K  15   all
                """);
    }

    @Test
    void aLineShowsMediansThePairedRatioAndItsVerdict() throws IOException {
        for (int pair = 1; pair <= 3; pair++) {
            add(pair, Side.WITAN, "all_gather", BIG, 10 * pair);
            add(pair, Side.AERON, "all_gather", BIG, 99);
            add(pair, Side.CMA, "all_gather", BIG, 40 * pair);
            add(pair, Side.NONE, "all_gather", BIG, pair == 2 ? 30 : 500);
        }
        assertThat(report())
                .contains("## 2 ranks beside Open MPI", "1 of 1 lines with a target reach it.")
                .contains(
                        "| all_gather | out | 8388608 | 20.00 | 99.00 | 80.00 | 500.00 | 4.00 | 1.50..4.00 |  | 3 | 2.00 |  |  | ok |");
    }

    @Test
    void aMissedLineSaysByHowMuch() throws IOException {
        add(1, Side.WITAN, "all_gather", BIG, 10);
        add(1, Side.NONE, "all_gather", BIG, 15);
        assertThat(report())
                .contains("0 of 1 lines with a target reach it.")
                .contains("| 1.50 | 1.50..1.50 |  | 1 | 2.00 |  |  | **missed** by 25 % |");
    }

    @Test
    void theMeasuredLimitSavesALineOnlyAboveItsSize() throws IOException {
        add(1, Side.NONE, "all_gather", BIG, 15);
        add(1, Side.NONE, "all_gather", SMALL, 15);
        addJson(1, Side.WITAN, row("all_gather", BIG, 10, 0, ",\"limit_us\":8.6"));
        addJson(1, Side.WITAN, row("all_gather", SMALL, 10, 0, ",\"limit_us\":8.6"));
        assertThat(report())
                .contains("1 of 2 lines")
                .contains("| 8.60 | 0.86 | ok by the limit |", "| 8.60 | 0.86 | **missed** by 25 % |");
    }

    @Test
    void shortMessagesAreJudgedByTheirTime() throws IOException {
        add(1, Side.WITAN, "all_reduce", SMALL, 2.5);
        add(1, Side.YIELD, "all_reduce", SMALL, 9);
        assertThat(report())
                .contains("## 2 ranks, short messages", "1 of 2 lines")
                .contains("| all_reduce | out | 1024 | spin | 2.50 | 2.00 | **missed** by 25 % |")
                .contains("| all_reduce | out | 1024 | yield | 9.00 | 15.00 | ok |");
    }

    @Test
    void glooHasATableOfItsOwn() throws IOException {
        add(1, Side.WITAN, "all_reduce", SMALL, 2);
        add(1, Side.GLOO, "all_reduce", SMALL, 700);
        assertThat(report())
                .contains("| all_reduce | out | 1024 | 2.00 | 700.00 | 350.00 | 350.00..350.00 |  | 1 | 5.00 | ok |");
    }

    @Test
    void aLineWithATargetThatOneSideLacksIsNotMeasuredAndDoesNotReachIt() throws IOException {
        add(1, Side.NONE, "reduce_scatter", BIG, 15);
        add(1, Side.GLOO, "reduce_scatter", BIG, 15);
        add(1, Side.WITAN, "all_gather", BIG, 15);
        add(2, Side.CMA, "all_gather", BIG, 90);
        assertThat(report())
                .contains("beside Open MPI\n\n0 of 2 lines with a target reach it.", "beside Gloo\n\n0 of 1 lines")
                .contains("| reduce_scatter | out | 8388608 |  |  |  | 15.00 |  |  |  |  | 2.00 |  |  | not measured |")
                .contains(
                        "| all_gather | out | 8388608 | 15.00 |  | 90.00 |  |  |  |  |  | 2.00 |  |  | not measured |")
                .contains("| reduce_scatter | out | 8388608 |  | 15.00 |  |  |  |  | 5.00 | not measured |");
    }

    @Test
    void aLineThatWitanDoesNotHaveByDesignHasNoTarget() throws IOException {
        for (String op : List.of("reduce_scatter", "all_to_all")) {
            addJson(1, Side.NONE, row(op, BIG, 15, 0, "").replace("\"in_place\":false", "\"in_place\":true"));
        }
        assertThat(report())
                .contains("0 of 0 lines")
                .contains("| reduce_scatter | in | 8388608 |  |  |  | 15.00 |  |  |  |  |  |  |  |  |")
                .contains("| all_to_all | in | 8388608 |  |  |  | 15.00 |  |  |  |  |  |  |  |  |");
    }

    @Test
    void theFasterOfTwoWaysInOneRunCounts() throws IOException {
        add(1, Side.WITAN, "reduce_scatter", BIG, 5);
        add(1, Side.NONE, "reduce_scatter", BIG, 90);
        add(1, Side.NONE, "reduce_scatter", BIG, 15);
        assertThat(report()).contains("| 15.00 | 3.00 |");
    }

    @Test
    void aPairThatLacksOneOfTwoRivalsIsNamedAndDoesNotCountWhereAnotherHasBoth() throws IOException {
        for (int pair = 1; pair <= 3; pair++) {
            add(pair, Side.WITAN, "all_gather", BIG, 10);
            add(pair, Side.NONE, "all_gather", BIG, 90);
        }
        add(2, Side.CMA, "all_gather", BIG, 15);
        assertThat(report())
                .contains("# Collectives side by side\n\n- left out: cma with 2 ranks in pairs 1, 3\n\n")
                .contains("| 15.00 | 90.00 | 1.50 | 1.50..1.50 |  | 1 | 2.00 |  |  | **missed** by 25 % |");
    }

    @Test
    void aRivalThatNoPairHasLeavesTheOther() throws IOException {
        for (int pair = 1; pair <= 2; pair++) {
            add(pair, Side.WITAN, "all_gather", BIG, 10);
            add(pair, Side.NONE, "all_gather", BIG, 90);
        }
        assertThat(report())
                .contains("- left out: cma with 2 ranks in pairs 1, 2\n")
                .contains("|  | 90.00 | 9.00 | 9.00..9.00 |  | 2 | 2.00 |  |  | ok |");
    }

    @Test
    void aReportOfWholePairsNamesNoSide() throws IOException {
        for (Side side : List.of(Side.WITAN, Side.CMA, Side.NONE)) {
            add(1, side, "all_gather", BIG, 10);
        }
        assertThat(report()).doesNotContain("left out");
        add(2, Side.WITAN, "all_gather", BIG, 10);
        add(2, Side.CMA, "all_gather", BIG, 10);
        assertThat(report()).contains("- left out: none with 2 ranks in pair 2\n");
    }

    @Test
    void wrongOrUnverifiedRowsAreRefused() throws IOException {
        for (long wrong : List.of(7L, -1L)) {
            Files.deleteIfExists(folder.resolve(Side.CMA.fileName(1)));
            addJson(1, Side.CMA, row("all_gather", SMALL, 1, wrong, ""));
            assertThatThrownBy(this::report)
                    .isInstanceOf(Runs.WrongResultException.class)
                    .hasMessageStartingWith(folder.resolve("1-cma.jsonl") + ":1: all_gather of 1024 B")
                    .hasMessageContaining(wrong > 0 ? "has 7 wrong elements" : "was not verified");
        }
    }

    @Test
    void brokenRowsAreNamed() throws IOException {
        add(1, Side.WITAN, "all_gather", SMALL, 1);
        addJson(1, Side.WITAN, "{\"op\":\"all_gather\"}");
        assertThatThrownBy(this::report)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(folder.resolve("1-witan.jsonl") + ":2: ");
    }

    private String report() throws IOException {
        return CompareCollectives.report(folder, targets);
    }

    private void add(int pair, Side side, String op, long bytes, double p50Us) throws IOException {
        addJson(pair, side, row(op, bytes, p50Us, 0, ""));
    }

    private void addJson(int pair, Side side, String json) throws IOException {
        Files.writeString(
                folder.resolve(side.fileName(pair)), json + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String row(String op, long bytes, double p50Us, long wrong, String more) {
        return "{\"op\":\"" + op + "\",\"bytes\":" + bytes + ",\"ranks\":2,\"in_place\":false,\"p50_us\":" + p50Us
                + ",\"wrong\":" + wrong + more + ",\"unknown\":1}";
    }
}
