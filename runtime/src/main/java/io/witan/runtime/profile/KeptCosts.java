package io.witan.runtime.profile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.vault.ProfileCache;
import io.witan.runtime.vault.VaultException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Costs that an earlier run measured with the same machines, ranks, kernels and shapes. Rank 0 reads and writes the file.
 *
 * @param <T> what was measured: {@link MeasuredCosts} or a {@link io.witan.scheduler.fit.LayerProfile}
 */
public final class KeptCosts<T> {
    private static final Logger LOG = LoggerFactory.getLogger(KeptCosts.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);
    private static final String VERSION = "4";

    private final RankRuntime runtime;
    private final Path file;
    private final Class<T> type;
    private final String key;

    /**
     * All ranks together.
     *
     * @param file of the cache; null on all ranks: nothing is kept
     * @param type as {@code T}
     * @param shapes all else that decides what layers cost
     */
    public KeptCosts(RankRuntime runtime, Path file, Class<T> type, String shapes) {
        this.runtime = runtime;
        this.file = file;
        this.type = type;
        List<String> machines = RankMessages.all(runtime, KeptCosts::machine);
        String all = machines + "; " + runtime.topology() + "; "
                + runtime.kernels().description() + "; " + runtime.exchange().description() + "; " + shapes;
        this.key = type.getSimpleName() + " " + VERSION + " "
                + UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8));
    }

    private static String machine() {
        String model = "";
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            model = lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            LOG.debug("processor unknown: {}", e.getMessage());
        }
        String host = "";
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            LOG.debug("host name unknown: {}", e.getMessage());
        }
        return host + " " + model + " " + Runtime.getRuntime().availableProcessors();
    }

    /** What was kept; null if nothing was. All ranks together. */
    public T get() {
        String kept = RankMessages.all(runtime, () -> runtime.rank() == 0 ? read() : "")
                .getFirst();
        return kept.isEmpty() ? null : parse(kept);
    }

    private String read() {
        if (file == null) {
            return "";
        }
        try (ProfileCache cache = ProfileCache.open(file, LOCK_TIMEOUT)) {
            String text = cache.get(key).orElse("");
            return text.isEmpty() || parse(text) == null ? "" : text;
        } catch (VaultException e) {
            LOG.info("costs of earlier runs are not read: {}", e.getMessage());
            return "";
        }
    }

    private T parse(String text) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            LOG.info("costs of an earlier run are unreadable: {}", e.getOriginalMessage());
            return null;
        }
    }

    /** Keeps them for later runs; a cache that cannot be written costs only that. */
    public void put(T costs) {
        try {
            write(JSON.writeValueAsString(costs));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(costs + ": " + e.getOriginalMessage(), e);
        }
    }

    /** What is kept no longer holds: later runs measure anew. Any rank by itself. */
    public void forget() {
        write("");
    }

    private void write(String text) {
        if (file == null || runtime.rank() != 0) {
            return;
        }
        try (ProfileCache cache = ProfileCache.open(file, LOCK_TIMEOUT)) {
            cache.put(key, text);
        } catch (VaultException e) {
            LOG.info("costs are not kept for later runs: {}", e.getMessage());
        }
    }
}
