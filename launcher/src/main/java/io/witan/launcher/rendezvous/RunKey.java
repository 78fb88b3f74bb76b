package io.witan.launcher.rendezvous;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Set;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The secret that all processes of a run share. It is never written or sent. Immutable. */
public final class RunKey {
    /** Environment variable: a file that holds the key. */
    public static final String FILE_VARIABLE = "WITAN_KEY_FILE";

    /** Environment variable: the key itself. */
    public static final String VARIABLE = "WITAN_KEY";

    private static final String MAC = "HmacSHA256";
    private static final int MAC_BYTES = 32;

    /** An eavesdropper may try keys at leisure, so they must not be words. */
    private static final int MIN_CHARACTERS = 32;

    private static final int MAX_FILE_BYTES = 4096;
    private static final String HOW = "; make one with: openssl rand -hex 32";

    private final SecretKeySpec secret;

    private RunKey(byte[] secret) {
        this.secret = new SecretKeySpec(secret, MAC);
    }

    /**
     * From the file that FILE_VARIABLE names, else from VARIABLE.
     *
     * @throws LaunchException code CONFIG if there is none, or one that is short or open to others
     */
    public static RunKey of(Map<String, String> environment) {
        String file = environment.getOrDefault(FILE_VARIABLE, "");
        if (!file.isBlank()) {
            return of(read(file), FILE_VARIABLE + " " + file);
        }
        String text = environment.getOrDefault(VARIABLE, "");
        if (text.isBlank()) {
            throw bad("the nodes of this run need a key to know each other by: set " + FILE_VARIABLE + " or " + VARIABLE
                    + " for all of its processes" + HOW);
        }
        return of(text, VARIABLE);
    }

    private static RunKey of(String text, String origin) {
        String key = text.strip();
        if (key.length() < MIN_CHARACTERS) {
            throw bad(origin + " has " + key.length() + " characters, a key has at least " + MIN_CHARACTERS + HOW);
        }
        return new RunKey(key.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(String name) {
        try {
            Path file = Path.of(name);
            Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
            if (open.contains(PosixFilePermission.OTHERS_READ) || open.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw bad(FILE_VARIABLE + " " + name + " is open to all users of this machine; chmod 600 " + name);
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw bad(FILE_VARIABLE + " " + name + " is longer than " + MAX_FILE_BYTES + " bytes");
            }
            return Files.readString(file);
        } catch (IOException | InvalidPathException | UnsupportedOperationException e) {
            throw new LaunchException(ExitCode.CONFIG, FILE_VARIABLE + " " + name + " cannot be read: " + e, e);
        }
    }

    private static LaunchException bad(String problem) {
        return new LaunchException(ExitCode.CONFIG, problem);
    }

    /** HMAC-SHA256 of the text. */
    byte[] proof(String text) {
        return macOf(secret).doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    /** MACs with a key of one connection and one direction, by HKDF (RFC 5869). */
    Mac session(byte[] nonces, String direction) {
        try {
            HKDFParameterSpec how = HKDFParameterSpec.ofExtract()
                    .addIKM(secret)
                    .addSalt(nonces)
                    .thenExpand(direction.getBytes(StandardCharsets.UTF_8), MAC_BYTES);
            return macOf(KDF.getInstance("HKDF-SHA256").deriveKey(MAC, how));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java from 25 has HKDF-SHA256", e);
        }
    }

    private static Mac macOf(SecretKey key) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + MAC, e);
        }
    }
}
