package io.witan.launcher.cluster;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/** Reads a cluster file. Each error is one line with file, line, key, the bad value and what is allowed. */
public final class ClusterFile {
    private static final int MAX_RANKS = 4096;
    private static final int MAX_PORT = 65535;
    private static final int MIN_PORT = 1024;
    private static final int MAX_TIMEOUT_S = 24 * 3600;
    private static final List<String> TOP_KEYS = List.of("nodes", "port", "timeout");
    private static final List<String> NODE_KEYS = List.of("name", "address", "ranks", "command", "home");

    private final String origin;
    private final Predicate<String> isLocal;

    private ClusterFile(String origin, Predicate<String> isLocal) {
        this.origin = origin;
        this.isLocal = isLocal;
    }

    /**
     * @param isLocal tells whether an address belongs to this machine: such a node needs no command
     * @throws LaunchException code CONFIG
     */
    public static Cluster read(Path file, Predicate<String> isLocal) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new LaunchException(ExitCode.CONFIG, "cluster file " + file + " does not exist", e);
        } catch (CharacterCodingException e) {
            throw new LaunchException(ExitCode.CONFIG, "cluster file " + file + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new LaunchException(ExitCode.CONFIG, "cluster file " + file + " cannot be read: " + e, e);
        }
        return parse(text, file.toString(), isLocal);
    }

    /** As {@link #read}, from text; origin names it in messages. */
    public static Cluster parse(String text, String origin, Predicate<String> isLocal) {
        return new ClusterFile(origin, isLocal).cluster(text);
    }

    private Cluster cluster(String text) {
        YamlSection top = YamlSection.of(origin, "", compose(text));
        top.allowOnly(TOP_KEYS);
        int port = top.number("port", Cluster.DEFAULT_PORT, MIN_PORT, MAX_PORT);
        int timeoutS = top.number("timeout", (int) Cluster.DEFAULT_TIMEOUT.toSeconds(), 1, MAX_TIMEOUT_S);
        List<NodeSpec> nodes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int ranks = 0;
        for (YamlSection section : top.sections("nodes")) {
            NodeSpec node = node(section);
            if (!names.add(node.name())) {
                throw section.error("name", "must be unique, got \"" + node.name() + "\" twice");
            }
            nodes.add(node);
            ranks += node.ranks();
            if (port + ranks - 1 > MAX_PORT) {
                throw section.error("ranks", "ports " + port + " to " + (port + ranks - 1) + " pass " + MAX_PORT);
            }
        }
        return new Cluster(nodes, port, Duration.ofSeconds(timeoutS));
    }

    private NodeSpec node(YamlSection section) {
        section.allowOnly(NODE_KEYS);
        String name = section.required("name");
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            throw section.error("name", "must be letters, digits, dot, dash or underscore, got \"" + name + "\"");
        }
        String address = section.required("address");
        if (!address.matches("[A-Za-z0-9._:-]+") || address.startsWith("-")) {
            throw section.error("address", "must be a host name or an IP address, got \"" + address + "\"");
        }
        int ranks = section.number("ranks", 1, 1, MAX_RANKS);
        String home = section.text("home", "");
        if (!home.isEmpty() && !home.startsWith("/")) {
            throw section.error("home", "must be an absolute path, got \"" + home + "\"");
        }
        List<String> command = section.words("command");
        if (command.isEmpty() && !isLocal.test(address)) {
            command = List.of("ssh", "-o", "BatchMode=yes", address);
        }
        return new NodeSpec(name, address, ranks, command, home);
    }

    private Node compose(String text) {
        try {
            Node node = new Yaml(new LoaderOptions()).compose(new StringReader(text));
            if (node == null) {
                throw new LaunchException(ExitCode.CONFIG, origin + ":1: empty cluster file; it needs nodes");
            }
            return node;
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new LaunchException(
                    ExitCode.CONFIG, origin + ":" + line + ": not YAML: " + oneLine(e.getProblem()), e);
        } catch (YAMLException e) {
            throw new LaunchException(ExitCode.CONFIG, origin + ":1: not YAML: " + oneLine(e.getMessage()), e);
        }
    }

    /** Control characters of the file must not get into a message. */
    static String oneLine(String text) {
        return String.valueOf(text).replaceAll("\\p{Cntrl}+|\\R", " ").strip();
    }
}
