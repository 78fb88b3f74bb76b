package io.witan.runtime.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Where configuration text lies. */
public final class ConfigSource {
    private interface Bytes {
        byte[] read() throws IOException;
    }

    private final String name;
    private final Bytes bytes;

    private ConfigSource(String name, Bytes bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    /** A file; messages name it as the path is given. */
    public static ConfigSource file(Path path) {
        return new ConfigSource(path.toString(), () -> {
            if (Files.isDirectory(path)) {
                throw new IOException("is a directory");
            }
            return Files.readAllBytes(path);
        });
    }

    /**
     * A resource of the class path.
     *
     * @param name what messages call it
     */
    public static ConfigSource resource(String name, URL url) {
        return new ConfigSource(name, () -> {
            try (InputStream in = url.openStream()) {
                return in.readAllBytes();
            }
        });
    }

    /** @throws ConfigException if it is missing, unreadable, not UTF-8 or not YAML */
    public ConfigTree load() {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.read()))
                    .toString();
            return ConfigTree.parse(text, name);
        } catch (NoSuchFileException e) {
            throw new ConfigException(name + ": no such file");
        } catch (CharacterCodingException e) {
            throw new ConfigException(name + ": not UTF-8 text");
        } catch (IOException e) {
            throw new ConfigException(name + ": cannot be read: " + e.getMessage());
        }
    }
}
