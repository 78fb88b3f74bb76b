package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.exit.ExitCode;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user gets wrong with other nodes: one line that names the node, says what is wrong with it, and what to do. */
final class NodeFaultsIT {
    @TempDir
    Path folder;

    private Path script(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + text + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    /** Nodes a, which is this one, and b, which is reached by a command. */
    private LauncherProcess train(Path command) throws IOException {
        Files.writeString(
                folder.resolve("c.yaml"),
                """
                nodes:
                  - {name: a, address: 127.0.0.1}
                  - {name: b, address: nosuch.example, command: [%s, nosuch.example]}
                """
                        .formatted(command));
        return LauncherProcess.start(folder, "train", "--recipe", "wait", "--out", "o", "--cluster", "c.yaml");
    }

    /** The launcher's own line, besides what the command of the node said. */
    private void assertVerdict(LauncherProcess run, ExitCode code, String... parts) throws Exception {
        assertThat(run.exitCode()).as("%s", run.err()).isEqualTo(code.code());
        assertThat(run.err())
                .filteredOn(line -> line.startsWith("witan: "))
                .singleElement()
                .asString()
                .contains(parts);
        LaunchIT.assertShmIsEmpty(folder);
    }

    @ParameterizedTest
    @CsvSource({
        "ssh: Could not resolve hostname nosuch.example: Name or service not known",
        "root@nosuch.example: Permission denied (publickey).",
        "ssh: connect to host nosuch.example port 22: Connection refused"
    })
    void aNodeThatSshDoesNotReachIsNamedWithWhatItSaid(String said) throws Exception {
        Path ssh = script("ssh", "echo '" + said + "' >&2; exit 255");
        try (LauncherProcess run = train(ssh)) {
            assertVerdict(
                    run,
                    ExitCode.RENDEZVOUS,
                    "node b: the node's agent did not start; \"" + ssh + " nosuch.example\" ended: exit code 255: "
                            + said,
                    "; does it work alone: " + ssh + " nosuch.example true");
        }
    }

    @Test
    void aNodeWithoutWitanIsNamed() throws Exception {
        Path ssh = script("ssh", "echo \"sh: 1: $2: not found\" >&2; exit 127");
        try (LauncherProcess run = train(ssh)) {
            assertVerdict(run, ExitCode.RENDEZVOUS, "node b: ", "exit code 127: sh: 1: ", "not found");
        }
    }

    @Test
    void aNodeWithAnotherVersionIsNamedWithBoth() throws Exception {
        Path far = script("far", "shift; exec \"$@\" --for 9.9.9");
        try (LauncherProcess run = train(far)) {
            assertVerdict(
                    run,
                    ExitCode.ENVIRONMENT,
                    "node b: ",
                    " has witan " + Version.current() + ", the launcher is witan 9.9.9; all nodes need the same");
        }
    }

    /** The port of rank 1, which another program has. */
    @Test
    void aPortThatIsInUseIsNamed() throws Exception {
        try (DatagramSocket other = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            int port = other.getLocalPort();
            Path far = script("far", "exec \"$@\"");
            Files.writeString(
                    folder.resolve("c.yaml"),
                    """
                    port: %d
                    nodes:
                      - {name: a, address: 127.0.0.1}
                      - {name: b, address: 127.0.0.1, command: [%s]}
                    """
                            .formatted(port - 1, far));
            try (LauncherProcess run =
                    LauncherProcess.start(folder, "train", "--recipe", "wait", "--out", "o", "--cluster", "c.yaml")) {
                assertVerdict(
                        run,
                        ExitCode.ENVIRONMENT,
                        "node b: UDP port " + port
                                + " of 127.0.0.1 is in use, perhaps by another run; choose another port");
            }
        }
    }

    /** An address that is not the node's own, in the cluster file. */
    @Test
    void anAddressOfAnotherMachineIsNamed() throws Exception {
        Path far = script("far", "exec \"$@\"");
        Files.writeString(
                folder.resolve("c.yaml"),
                """
                nodes:
                  - {name: a, address: 127.0.0.1}
                  - {name: b, address: 192.0.2.7, command: [%s]}
                """
                        .formatted(far));
        try (LauncherProcess run =
                LauncherProcess.start(folder, "train", "--recipe", "wait", "--out", "o", "--cluster", "c.yaml")) {
            assertVerdict(
                    run,
                    ExitCode.ENVIRONMENT,
                    "node b: the node's address 192.0.2.7 is none of its own (",
                    "is it right in the cluster file?");
        }
    }

    @Test
    void aNodeWithoutTheKeyIsNamed() throws Exception {
        Map<String, String> openMpi = Map.of(
                "OMPI_COMM_WORLD_SIZE", "2",
                "OMPI_COMM_WORLD_RANK", "1",
                "OMPI_COMM_WORLD_LOCAL_SIZE", "1",
                "OMPI_COMM_WORLD_LOCAL_RANK", "0",
                "WITAN_KEY", "",
                "WITAN_SHM_DIR", folder.resolve("shm").toString());
        try (LauncherProcess agent = LauncherProcess.run(
                folder,
                openMpi,
                LauncherProcess.command("train", "--recipe", "wait", "--rendezvous", "127.0.0.1:40999"))) {
            assertThat(agent.exitCode()).isEqualTo(ExitCode.CONFIG.code());
            assertThat(agent.err())
                    .singleElement()
                    .asString()
                    .startsWith("witan: node ")
                    .contains(
                            "need a key",
                            "set WITAN_KEY_FILE or WITAN_KEY for all of its processes",
                            "openssl rand -hex 32");
        }
    }
}
