package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** bin/witan in a tree of its own, with a Java and a Maven that only say how they were called. */
final class ScriptIT {
    private static final String BUILD =
            """
            #!/bin/sh
            echo "built with $JAVA_HOME" >>maven.log
            mkdir -p launcher/target/lib
            touch launcher/target/witan-launcher-1.jar launcher/target/lib/witan-runtime-1.jar
            """;

    @TempDir
    Path temporary;

    private Path tree;
    private Path jdk;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectories(temporary.resolve("source tree"));
        for (String name : List.of("bin/witan", "bin/find-jdk", "bin/jvm.options")) {
            Path copy = tree.resolve(name);
            Files.createDirectories(copy.getParent());
            Files.copy(LauncherProcess.root().resolve(name), copy);
        }
        Files.writeString(tree.resolve("pom.xml"), "");
        write(tree.resolve("runtime/src/main/A.java"), "");
        write(tree.resolve("runtime/pom.xml"), "");
        script(tree.resolve("mvnw"), BUILD);
        jdk = jdk("jdk-25", "25.0.3");
        environment.put("JAVA_HOME", "");
        environment.put("WITAN_JAVA_HOME", "");
        environment.put("WITAN_JAVA_OPTS", "-Da=1 -Db=2");
        environment.put("WITAN_JDK_DIRS", temporary.resolve("jdks").toString());
        environment.put("HOME", temporary.toString());
        environment.put("PATH", toolsWithoutJava().toString());
    }

    private static Path write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static Path script(Path file, String text) throws IOException {
        write(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    private Path jdk(String name, String version) throws IOException {
        Path home = temporary.resolve("jdks").resolve(name);
        script(home.resolve("bin/java"), "#!/bin/sh\nfor a; do echo \"$a\"; done\nexit 42\n");
        script(home.resolve("bin/javac"), "");
        write(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private Path toolsWithoutJava() throws IOException {
        Path tools = Files.createDirectories(temporary.resolve("tools"));
        for (String tool : List.of(
                "bash",
                "sh",
                "env",
                "uname",
                "readlink",
                "find",
                "mkdir",
                "touch",
                "mktemp",
                "mv",
                "rm",
                "grep",
                "head",
                "tail",
                "flock")) {
            for (String folder : List.of("/usr/bin", "/bin")) {
                Path real = Path.of(folder, tool);
                if (Files.exists(real) && !Files.exists(tools.resolve(tool))) {
                    Files.createSymbolicLink(tools.resolve(tool), real);
                }
            }
        }
        return tools;
    }

    private LauncherProcess witan(Path program, String... arguments) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of("/bin/bash", program.toString()));
        command.addAll(List.of(arguments));
        return LauncherProcess.run(temporary, environment, command);
    }

    @Test
    void buildsOnceAndStartsJavaWithTheOptionsAndTheArguments() throws Exception {
        Path link = Files.createSymbolicLink(temporary.resolve("a link"), tree.resolve("bin/witan"));
        try (LauncherProcess run = witan(link, "inspect", "two words")) {
            assertThat(run.exitCode()).isEqualTo(42);
            assertThat(run.err()).singleElement().asString().startsWith("witan: building");
            assertThat(run.out())
                    .containsSubsequence(
                            "@" + tree.resolve("bin/jvm.options"), "-Dwitan.home=" + tree, "-Da=1", "-Db=2")
                    .containsSubsequence("-cp", "io.witan.launcher.cli.Main", "inspect", "two words");
        }
        assertThat(tree.resolve("maven.log")).hasContent("built with " + jdk);
        try (LauncherProcess run = witan(tree.resolve("bin/witan"), "train")) {
            assertThat(run.exitCode()).isEqualTo(42);
            assertThat(run.err()).isEmpty();
            assertThat(run.out())
                    .contains("--enable-native-access=ALL-UNNAMED")
                    .doesNotContain("--add-modules=jdk.incubator.vector");
        }
        Files.setLastModifiedTime(
                tree.resolve("runtime/src/main/A.java"),
                FileTime.from(Instant.now().plusSeconds(60)));
        try (LauncherProcess run = witan(tree.resolve("bin/witan"), "train")) {
            assertThat(run.exitCode()).isEqualTo(42);
            assertThat(run.err()).singleElement().asString().startsWith("witan: building");
        }
    }

    @Test
    void aFailedBuildIsSaidWithItsErrorsAndNothingIsStarted() throws Exception {
        script(tree.resolve("mvnw"), "#!/bin/sh\necho Downloading lots\necho '[ERROR] A.java:[1,2] odd'\nexit 1\n");
        try (LauncherProcess run = witan(tree.resolve("bin/witan"), "train")) {
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .contains("[ERROR] A.java:[1,2] odd")
                    .noneMatch(line -> line.contains("Downloading"))
                    .last()
                    .asString()
                    .startsWith("witan: the build failed; all of its output is in ");
            String last = run.err().getLast();
            Files.delete(Path.of(last.substring(last.indexOf('/'))));
        }
    }

    @Test
    void noJdk25IsOneLineAndCode3() throws Exception {
        jdk("jdk-25", "21.0.1");
        try (LauncherProcess run = witan(tree.resolve("bin/witan"), "train")) {
            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(run.err()).singleElement().asString().startsWith("witan: no JDK 25 found");
        }
        assertThat(tree.resolve("maven.log")).doesNotExist();
    }

    @Test
    void aNamedJdkIsBindingAndAJreIsNone() throws Exception {
        environment.put("WITAN_JAVA_HOME", jdk("jdk-17", "17.0.2").toString());
        try (LauncherProcess run = witan(tree.resolve("bin/witan"), "train")) {
            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(run.err()).singleElement().asString().endsWith("jdk-17 is not a JDK 25");
        }
        environment.put("WITAN_JAVA_HOME", jdk.toString());
        Files.delete(jdk.resolve("bin/javac"));
        try (LauncherProcess run = witan(tree.resolve("bin/witan"), "train")) {
            assertThat(run.exitCode()).isEqualTo(3);
        }
    }

    @Test
    void anOlderJavaHomeIsPassedOver() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-17", "17.0.2").toString());
        try (LauncherProcess run = LauncherProcess.run(
                temporary,
                environment,
                List.of("/bin/bash", tree.resolve("bin/find-jdk").toString()))) {
            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).containsExactly(jdk.toString());
        }
    }
}
