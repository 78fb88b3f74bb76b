package io.witan.runtime.config;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import org.junit.jupiter.api.Test;

/** As {@link ConfigTreeFuzzTest}, of longer files, with anchors and aliases, and with bounds on what is allocated. */
class ConfigFilesFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(4 << 20, 1000);
    private static final String[] FRAGMENTS = {
        "&a ",
        "*a",
        "<<: ",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\t",
        "'",
        "\"",
        "|",
        ">",
        "%YAML 1.1\n",
        "---\n",
        "!!java.util.Date ",
        "99999999999",
        ".inf",
        "1e400",
        "[*a,*a,*a,*a,*a,*a,*a,*a]",
        "&b [*a,*a,*a]",
        "\u0000",
        "é",
        "train.lr: 1"
    };
    private static final String GOOD =
            "model:\n  d_model: 128\n  layers: 4\n  gate:\n    score: softmax\ntrain:\n  lr: 1e-3\n  steps: 600\ndata:\n  fields: [text, answer]\n";

    @Test
    void damagedFilesAreRefusedOrComeBack() {
        Fuzz.texts(
                "configuration files",
                200_000,
                LIMIT,
                random -> random.nextInt(10) == 0 ? GOOD : new Mutations(random, FRAGMENTS).damaged(GOOD),
                text -> {
                    ConfigTree tree;
                    try {
                        tree = ConfigTree.parse(text, "f.yaml");
                    } catch (ConfigException refusal) {
                        if (!refusal.getMessage().startsWith("f.yaml")
                                || refusal.getMessage().contains("\n")) {
                            throw new AssertionError("refused with: " + refusal.getMessage());
                        }
                        return false;
                    }
                    ConfigTree again = ConfigTree.parse(tree.toYaml(), "again.yaml");
                    if (!again.keys().equals(tree.keys())) {
                        throw new AssertionError(tree.keys() + " came back as " + again.keys());
                    }
                    return true;
                });
    }
}
