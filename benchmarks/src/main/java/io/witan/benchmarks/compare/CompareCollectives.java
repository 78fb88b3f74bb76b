package io.witan.benchmarks.compare;

import io.witan.launcher.exit.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code CompareCollectives FOLDER TARGETS} prints the report of the rows that benchmarks/compare/compare.sh left in a folder:
 * {@code head.md}, which sides some pairs lack, {@code runs.txt}, then the tables.
 */
public final class CompareCollectives {
    private CompareCollectives() {}

    public static void main(String[] words) {
        if (words.length != 2) {
            System.err.println("usage: CompareCollectives FOLDER TARGETS");
            System.exit(ExitCode.USAGE.code());
        }
        try {
            System.out.print(report(Path.of(words[0]), Path.of(words[1])));
        } catch (Runs.WrongResultException wrong) {
            System.err.println("CompareCollectives: " + wrong.getMessage());
            System.exit(ExitCode.WRONG_RESULT.code());
        } catch (IOException unreadable) {
            System.err.println("CompareCollectives: cannot read " + unreadable.getMessage());
            System.exit(ExitCode.DATA.code());
        } catch (IllegalArgumentException broken) {
            System.err.println("CompareCollectives: " + broken.getMessage());
            System.exit(ExitCode.DATA.code());
        }
    }

    static String report(Path folder, Path targets) throws IOException {
        ComparisonReport tables = new ComparisonReport(Runs.read(folder), Targets.read(targets));
        StringBuilder text = new StringBuilder("# Collectives side by side\n\n");
        text.append(contents(folder.resolve("head.md")));
        text.append(tables.leftOut()).append('\n');
        contents(folder.resolve("runs.txt"))
                .lines()
                .forEach(run -> text.append("    ").append(run).append('\n'));
        return text.append(
                        "\nTimes are medians; ratios are taken in each pair, the rival's time over Witan's over shared ")
                .append("memory. Every element was verified.\n\n")
                .append(tables.text())
                .toString();
    }

    private static String contents(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
    }
}
