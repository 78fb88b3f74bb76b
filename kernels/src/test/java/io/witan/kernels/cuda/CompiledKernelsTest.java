package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.kernels.cuda.device.Fatbins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the assembler said of every kernel. */
class CompiledKernelsTest {
    private static final Path SOURCES = Path.of("src", "main", "cuda");
    private static final Path REPORTS = Path.of("target", "cuda");
    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
    private static final Pattern SPILLS =
            Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");

    /** Kernels whose registers went to memory, of one assembler's report. */
    static List<String> spilling(List<String> report) {
        List<String> found = new ArrayList<>();
        String kernel = "?";
        for (String line : report) {
            Matcher entry = ENTRY.matcher(line);
            Matcher spills = SPILLS.matcher(line);
            if (entry.find()) {
                kernel = entry.group(1) + " for " + entry.group(2);
            } else if (spills.find()
                    && !(spills.group(2).equals("0") && spills.group(3).equals("0"))) {
                found.add(kernel + ": " + line.strip());
            }
        }
        return found;
    }

    private static List<String> names(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void noKernelSpillsAndNoneHasWarnings() throws IOException {
        assumeTrue(Fatbins.present(), Fatbins.build());
        List<String> sources = names(SOURCES, ".cu");
        assertThat(names(REPORTS, ".ptxas.txt")).containsAll(sources);
        for (String source : sources) {
            List<String> report = Files.readAllLines(REPORTS.resolve(source + ".ptxas.txt"));
            assertThat(report).as(source).anyMatch(line -> ENTRY.matcher(line).find());
            assertThat(spilling(report)).as(source).isEmpty();
            assertThat(report).as(source).noneMatch(line -> line.contains("warning"));
            assertThat(Fatbins.load(source).length).as(source).isPositive();
        }
    }

    @Test
    void aSpillIsFound() {
        List<String> report = List.of(
                "ptxas info    : Compiling entry function 'good' for 'sm_80'",
                "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads",
                "ptxas info    : Compiling entry function 'bad' for 'sm_90a'",
                "    8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads");
        assertThat(spilling(report)).hasSize(1).first().asString().startsWith("bad for sm_90a");
    }
}
