package io.witan.runtime.train;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Shares one text or value of each rank with all ranks. */
public final class RankMessages {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RankMessages() {}

    /** @return one text a rank, in rank order, the same list on every rank */
    public static List<String> exchange(RankRuntime runtime, String own) {
        byte[] bytes = own.getBytes(StandardCharsets.UTF_8);
        if (runtime.size() == 1) {
            return List.of(own);
        }
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment length = runtime.arena().hostBytes(Long.BYTES);
        MemorySegment lengths = runtime.arena().hostBytes((long) runtime.size() * Long.BYTES);
        length.set(JAVA_LONG, 0, bytes.length);
        runtime.tokens().allGather(length, lengths).await();
        long[] parts = lengths.toArray(JAVA_LONG);
        long total = 0;
        for (long part : parts) {
            total += part;
        }
        MemorySegment send = runtime.arena().hostBytes(bytes.length);
        MemorySegment.copy(bytes, 0, send, JAVA_BYTE, 0, bytes.length);
        MemorySegment all = runtime.arena().hostBytes(total);
        runtime.tokens().allGatherV(send, all, parts).await();
        List<String> texts = new ArrayList<>();
        long offset = 0;
        for (long part : parts) {
            texts.add(new String(all.asSlice(offset, part).toArray(JAVA_BYTE), StandardCharsets.UTF_8));
            offset += part;
        }
        runtime.arena().release(mark);
        return texts;
    }

    /**
     * Runs work that may fail on one rank only, and makes all ranks fail alike then.
     *
     * @return each rank's text
     * @throws RankFailedException on every rank if the work failed on any
     */
    public static List<String> all(RankRuntime runtime, Supplier<String> work) {
        String outcome;
        RuntimeException own = null;
        try {
            outcome = "+" + work.get();
        } catch (RuntimeException e) {
            own = e;
            outcome = "-" + e.getMessage();
        }
        List<String> outcomes = exchange(runtime, outcome);
        if (own != null) {
            throw own;
        }
        for (int r = 0; r < outcomes.size(); r++) {
            if (outcomes.get(r).startsWith("-")) {
                throw new RankFailedException(r, outcomes.get(r).substring(1));
            }
        }
        return outcomes.stream().map(text -> text.substring(1)).toList();
    }

    /**
     * As {@link #all(RankRuntime, Supplier)}, with values that have a form in JSON.
     *
     * @throws IllegalStateException if ranks of another version say it in another form
     */
    public static <T> List<T> all(RankRuntime runtime, Class<T> type, Supplier<T> work) {
        return all(runtime, () -> json(work.get())).stream()
                .map(text -> read(text, type))
                .toList();
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T read(String text, Class<T> type) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("ranks of different versions: " + e.getOriginalMessage(), e);
        }
    }
}
