package io.witan.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTreeTest {
    private static void assertRefused(String yaml, String message) {
        assertThatThrownBy(() -> ConfigTree.parse(yaml, "x.yaml"))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void duplicateKeysAreRefusedWithBothLines() {
        assertRefused(
                "model:\n  heads: 1\n  width: 2\n  heads: 3\n", "x.yaml:4: model.heads is set twice, first at line 2");
    }

    @Test
    void yamlThatOnlyMachinesReadIsRefused() {
        assertRefused("a: &x 1\nb: *x\n", "x.yaml:1: anchor &x is not supported");
        assertRefused("a: !!int 1\n", "x.yaml:1: tag tag:yaml.org,2002:int is not supported");
        assertRefused("a: 1\n---\nb: 2\n", "x.yaml:2: a second YAML document begins; one is allowed");
        assertRefused("? [a]\n: 1\n", "x.yaml:1: a key must be a word, got a list or a section");
        assertRefused("a: " + "[".repeat(40) + "]".repeat(40), "x.yaml:1: nested deeper than 32 levels");
    }

    @Test
    void brokenYamlNamesTheLine() {
        assertThatThrownBy(() -> ConfigTree.parse("a: 1\nb: [1, 2\nc: 3\n", "x.yaml"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("x.yaml:3: not YAML: ")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> ConfigTree.parse("a:\n\t- 1\n", "x.yaml"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("x.yaml:2: not YAML: ");
        assertRefused("- 1\n", "x.yaml: must be sections of keys, got a list");
        assertRefused("just words\n", "x.yaml: must be sections of keys, got \"just words\"");
    }

    @Test
    void nothingIsAnEmptyTree() {
        assertThat(ConfigTree.parse("", "x.yaml")).isEqualTo(ConfigTree.empty());
        assertThat(ConfigTree.parse("# only a comment\n", "x.yaml")).isEqualTo(ConfigTree.empty());
    }

    @Test
    void malformedAssignmentsAreRefused() {
        assertThatThrownBy(() -> ConfigTree.empty().set("lr", "--set"))
                .hasMessage("--set lr: must be key=value, as in train.lr=1e-3");
        assertThatThrownBy(() -> ConfigTree.empty().set("train..lr=1", "--set"))
                .hasMessage("--set train..lr=1: the key has an empty part");
        assertThatThrownBy(() -> ConfigTree.empty().set("a=b: c", "--set"))
                .hasMessage("--set a=b: c: the value must be one value or a list; quote it if it holds \": \"");
        assertThatThrownBy(() -> ConfigTree.empty().set("a=[1", "--set"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("--set a=[1: not YAML: ");
    }

    @Test
    void sectionsListsAndTextsComeBackFromYaml() {
        ConfigTree tree = ConfigTree.parse(
                """
                name: "null"
                empty: {}
                none: []
                nested:
                  list: [a, "b, c", 3]
                  blocks:
                    - x: 1
                      y: [2]
                    - - deep
                      - {z: "\\n\\t\\"\\\\ ✓ 数"}
                """,
                "x.yaml");

        ConfigTree again = ConfigTree.parse(tree.toYaml(), "again");

        assertThat(again).isEqualTo(tree);
        assertThat(again.text("name")).contains("null");
        assertThat(again.keys()).containsExactly("name", "empty", "none", "nested");
    }

    @Test
    void filesAndResourcesAreRead(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("r.yaml"), "a: 1\n");

        assertThat(ConfigSource.file(file).load().text("a")).contains("1");
        assertThat(ConfigSource.resource("r", file.toUri().toURL()).load().text("a"))
                .contains("1");
    }

    @Test
    void unreadableFilesGetOneLine(@TempDir Path folder) throws IOException {
        Path missing = folder.resolve("none.yaml");
        Path binary = Files.write(folder.resolve("b.yaml"), new byte[] {'a', ':', (byte) 0xff});

        assertThatThrownBy(() -> ConfigSource.file(missing).load()).hasMessage(missing + ": no such file");
        assertThatThrownBy(() -> ConfigSource.file(folder).load())
                .hasMessage(folder + ": cannot be read: is a directory");
        assertThatThrownBy(() -> ConfigSource.file(binary).load()).hasMessage(binary + ": not UTF-8 text");
    }
}
