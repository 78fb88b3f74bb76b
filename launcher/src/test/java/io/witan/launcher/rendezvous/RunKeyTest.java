package io.witan.launcher.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunKeyTest {
    private static final String GOOD = "0123456789abcdef".repeat(4);

    @TempDir
    Path folder;

    private Path file(String text, String permissions) throws IOException {
        Path file = Files.writeString(folder.resolve("key"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static RunKey ofFile(Path file) {
        return RunKey.of(Map.of(RunKey.FILE_VARIABLE, file.toString(), RunKey.VARIABLE, "short"));
    }

    private static void assertRefused(ThrowingCallable reading, String problem) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.CONFIG))
                .hasMessageContaining(problem)
                .hasMessageNotContaining(GOOD);
    }

    @Test
    void theFileComesBeforeTheVariableAndSpaceAroundTheKeyIsNothing() throws IOException {
        RunKey direct = RunKey.of(Map.of(RunKey.VARIABLE, GOOD));
        assertThat(ofFile(file(GOOD + "\n", "rw-r-----")).proof("x")).isEqualTo(direct.proof("x"));
        assertThat(direct.proof("x")).isNotEqualTo(direct.proof("y"));
        assertThat(direct.session(new byte[32], "a").doFinal())
                .isNotEqualTo(direct.session(new byte[32], "b").doFinal())
                .isNotEqualTo(direct.session(new byte[] {1}, "a").doFinal());
    }

    /** The numbers are those of {@code openssl dgst -hmac} and {@code openssl kdf}, the last then those of dgst. */
    @Test
    void proofsAreHmacSha256AndSessionsHkdf() {
        RunKey key = RunKey.of(Map.of(RunKey.VARIABLE, GOOD));
        assertThat(HexFormat.of().formatHex(key.proof("agent 00 11")))
                .isEqualTo("8c8af1b38da692a9bfbc61be1a9672a5ffa209af8c2c7c174b2ea3d6adb8c0b7");
        Mac session = key.session("salt".getBytes(StandardCharsets.US_ASCII), "to agent");
        assertThat(HexFormat.of().formatHex(session.doFinal("x".getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo("f74ed1d573a6cab6f65cd1c69dd463dfa5062341eb73ab848bb064bb17ce00c3");
    }

    @Test
    void badKeysAreRefusedWithoutBeingShown() throws IOException {
        assertRefused(() -> RunKey.of(Map.of()), "set WITAN_KEY_FILE or WITAN_KEY for all of its processes");
        assertRefused(() -> RunKey.of(Map.of(RunKey.VARIABLE, GOOD.substring(0, 31))), "WITAN_KEY has 31 characters");
        assertRefused(() -> ofFile(folder.resolve("none")), "cannot be read");
        Path open = file(GOOD, "rw-r--r--");
        assertRefused(() -> ofFile(open), "is open to all users of this machine; chmod 600");
        Path empty = file("\n", "rw-------");
        assertRefused(() -> ofFile(empty), "has 0 characters");
        Path large = file(GOOD.repeat(100), "rw-------");
        assertRefused(() -> ofFile(large), "is longer than 4096 bytes");
    }
}
