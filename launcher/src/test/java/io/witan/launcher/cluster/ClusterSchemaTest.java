package io.witan.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The schema that editors use against the reader that runs use. A schema cannot say that names are unique, that a key is given once, or
 * that the last rank's port is a port; and it sees numbers where the reader sees digits, so that 0x10 is one to it alone.
 */
final class ClusterSchemaTest {
    private static final Path CONFIGS =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("cluster-configs");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Schema SCHEMA = schema();

    private static Schema schema() {
        try {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(Files.readString(CONFIGS.resolve("cluster.schema.json")), InputFormat.JSON);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean accepts(String yaml) {
        Object content = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
        return SCHEMA.validate(JSON.valueToTree(content).toString(), InputFormat.JSON)
                .isEmpty();
    }

    private static boolean reads(String yaml) {
        try {
            ClusterFile.parse(yaml, "f", _ -> true);
            return true;
        } catch (LaunchException _) {
            return false;
        }
    }

    @Test
    void theSchemaAcceptsAllExamples() throws IOException {
        try (var files = Files.walk(CONFIGS)) {
            assertThat(files.filter(file -> file.endsWith("cluster.yaml")).toList())
                    .hasSizeGreaterThanOrEqualTo(4)
                    .allMatch(file -> {
                        try {
                            String text = Files.readString(file);
                            return text.startsWith("# yaml-language-server: $schema=../cluster.schema.json\n")
                                    && accepts(text);
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nodes: [{name: a, address: h}]",
                "nodes: [{name: 7, address: 10.0.0.1, ranks: '2'}]",
                "{port: '5000', timeout: 86400, nodes: [{name: a, address: 'fd00::2', command: [nice, -n, 5], home: /opt}]}",
                "nodes: [{name: a, address: h, home: ''}]",
                "{timeout: 1, port: 1024, nodes: [{name: a, address: h, ranks: 4096}]}",
                "nodes: [{name: a, address: h, ranks: 0}]",
                "nodes: [{name: a, address: h, ranks: 4097}]",
                "nodes: [{name: a, address: h, ranks: 1.5}]",
                "nodes: [{name: a, address: h, rank: 1}]",
                "nodes: [{address: h}]",
                "nodes: [{name: a}]",
                "nodes: [{name: 'a b', address: h}]",
                "nodes: [{name: '', address: h}]",
                "nodes: [{name: a, address: '-oProxyCommand=x'}]",
                "nodes: [{name: a, address: -h}]",
                "nodes: [{name: a, address: h, command: ssh}]",
                "nodes: [{name: a, address: h, command: []}]",
                "nodes: [{name: a, address: h, command: ['']}]",
                "nodes: [{name: a, address: h, command: [[x]]}]",
                "nodes: [{name: a, address: h, home: here}]",
                "nodes: []",
                "nodes: {}",
                "nodes: [3]",
                "port: 5000",
                "just text",
                "[]",
                "{port: 80, nodes: [{name: a, address: h}]}",
                "{port: 65536, nodes: [{name: a, address: h}]}",
                "{timeout: 0, nodes: [{name: a, address: h}]}",
                "{timeout: 86401, nodes: [{name: a, address: h}]}",
                "{hosts: 1, nodes: [{name: a, address: h}]}",
            })
    void schemaAndReaderAgree(String yaml) {
        assertThat(accepts(yaml)).as(yaml).isEqualTo(reads(yaml));
    }

    @Property(tries = 500)
    void theyAgreeOnGeneratedFiles(@ForAll("files") String yaml) {
        assertThat(accepts(yaml)).as(yaml).isEqualTo(reads(yaml));
    }

    /** Each value is now right, now wrong. */
    @Provide
    Arbitrary<String> files() {
        Arbitrary<String> names =
                Arbitraries.strings().withChars("aB9._- ").ofMinLength(0).ofMaxLength(4);
        Arbitrary<String> addresses = Arbitraries.of("h", "10.0.0.1", "fd00::2", "-h", "a b", "", "h_1", "a/b");
        Arbitrary<Integer> ranks = Arbitraries.integers().between(-1, 4098);
        Arbitrary<Integer> ports = Arbitraries.oneOf(
                Arbitraries.integers().between(1000, 1100),
                Arbitraries.integers().between(5000, 61_000),
                Arbitraries.of(65_536, 99_999, 0));
        Arbitrary<String> homes = Arbitraries.of("", "/", "/opt/witan", "opt", "~");
        return Combinators.combine(names, addresses, ranks, ports, homes)
                .as((name, address, count, port, home) ->
                        "{port: %s, nodes: [{name: \"%s\", address: \"%s\", ranks: %d, home: \"%s\"}]}"
                                .formatted(port % 2 == 0 ? port : "\"" + port + "\"", name, address, count, home));
    }
}
