package io.witan.runtime.text;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Byte-level byte-pair encoding written straight from its definition: slow, and independent of the library. */
final class PlainBytePairs {
    private static final Pattern WORDS = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private final Map<String, Integer> ids;
    private final Map<String, Integer> ranks = new HashMap<>();

    PlainBytePairs(Path folder) throws IOException {
        ids = TokenizerFile.JSON.readValue(folder.resolve("vocab.json").toFile(), new TypeReference<>() {});
        for (String line : Files.readAllLines(folder.resolve("merges.txt"))) {
            if (!line.startsWith("#version") && !line.isEmpty()) {
                ranks.put(line, ranks.size());
            }
        }
    }

    int[] encode(String text) {
        List<Integer> out = new ArrayList<>();
        for (Matcher word = WORDS.matcher(text); word.find(); ) {
            List<String> parts = new ArrayList<>();
            for (byte value : word.group().getBytes(StandardCharsets.UTF_8)) {
                parts.add(spelling(value & 0xff));
            }
            while (mergeBest(parts)) {
                // until no pair is in the list
            }
            parts.forEach(part -> out.add(ids.get(part)));
        }
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    private boolean mergeBest(List<String> parts) {
        int best = -1;
        int bestRank = Integer.MAX_VALUE;
        for (int i = 0; i + 1 < parts.size(); i++) {
            int rank = ranks.getOrDefault(parts.get(i) + " " + parts.get(i + 1), Integer.MAX_VALUE);
            if (rank < bestRank) {
                bestRank = rank;
                best = i;
            }
        }
        if (best < 0) {
            return false;
        }
        parts.set(best, parts.get(best) + parts.remove(best + 1));
        return true;
    }

    private static String spelling(int value) {
        String printed =
                "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
                        + "¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";
        if (printed.indexOf(value) >= 0) {
            return Character.toString(value);
        }
        int next = 0x100;
        for (int smaller = 0; smaller < value; smaller++) {
            next += printed.indexOf(smaller) < 0 ? 1 : 0;
        }
        return Character.toString(next);
    }
}
