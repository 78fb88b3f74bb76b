package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The poms that only a release builds, which a plain build would not miss. */
final class ReleaseFilesTest {
    private static final Path ROOT = LauncherProcess.root();
    private static final Pattern VERSION = Pattern.compile("<version>([^<$]*)</version>");
    private static final Pattern MODULE = Pattern.compile("<module>([a-z]+)</module>");
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>witan-([a-z]+)</artifactId>");

    private static String pom(String folder) throws IOException {
        return Files.readString(ROOT.resolve(folder).resolve("pom.xml"));
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group(1)).toList();
    }

    @Test
    void theBomHasTheVersionOfTheOtherModules() throws IOException {
        String version = found(VERSION, pom("")).getFirst();
        assertThat(found(VERSION, pom("bom"))).containsExactly(version);
        assertThat(found(VERSION, pom("distribution")).getFirst()).isEqualTo(version);
    }

    @Test
    void theBomNamesEveryModuleThatOthersUse() throws IOException {
        String parent = pom("");
        List<String> modules = found(MODULE, parent.substring(0, parent.indexOf("</modules>"))).stream()
                .filter(module -> !module.equals("benchmarks"))
                .toList();
        List<String> named = ARTIFACT.matcher(pom("bom"))
                .results()
                .map(result -> result.group(1))
                .filter(name -> !name.equals("bom"))
                .toList();
        assertThat(named).isEqualTo(modules);
    }
}
