package io.witan.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the tutorials show of code is what is compiled, and their links lead somewhere. */
class TutorialsTest {
    private static final Path FOLDER = Path.of("../../docs/tutorials");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)[^)]*\\)");
    /** The last words before code are a link to its file. */
    private static final Pattern SHOWN = Pattern.compile(".*\\]\\(([^)]+\\.java)\\):");

    static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void shouldShowCodeThatIsCompiled(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        for (int i = 0; i < lines.size(); i++) {
            Matcher shown = SHOWN.matcher(lines.get(i));
            if (shown.matches()) {
                List<String> code = block(lines, i + 2);
                assertThat(code).as("%s, behind line %d", page, i + 1).isNotEmpty();
                List<String> source = stripped(Files.readAllLines(FOLDER.resolve(shown.group(1))));
                assertThat(Collections.indexOfSubList(source, code))
                        .as("%s, behind line %d: %s in %s", page, i + 1, code, shown.group(1))
                        .isNotNegative();
            }
        }
    }

    private static List<String> block(List<String> lines, int from) {
        List<String> block = new ArrayList<>();
        for (int i = from;
                i < lines.size() && (lines.get(i).isBlank() || lines.get(i).startsWith("    "));
                i++) {
            block.add(lines.get(i));
        }
        return stripped(block);
    }

    private static List<String> stripped(List<String> lines) {
        return lines.stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void shouldLinkToWhatIsThere(Path page) throws IOException {
        Matcher links = LINK.matcher(Files.readString(page));
        int found = 0;
        while (links.find()) {
            found++;
            if (!links.group(1).startsWith("http")) {
                assertThat(FOLDER.resolve(links.group(1))).exists();
            }
        }
        assertThat(found).isPositive();
    }
}
