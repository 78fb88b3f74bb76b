package io.witan.models.huggingface;

import java.util.ArrayList;
import java.util.List;

/** A byte-level tokenizer.json of 259 ids: the bytes, "th", "the" and an end of text. */
final class TinyTokenizer {
    static final int IDS = 259;
    static final int THE = 257;

    private TinyTokenizer() {}

    static String json() {
        return json(0);
    }

    /** With so many more ids. */
    static String json(int more) {
        List<String> vocabulary = new ArrayList<>();
        int next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printed = value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae;
            vocabulary.add(entry("\\u%04x".formatted(printed ? value : next++), value));
        }
        vocabulary.add(entry("th", 256));
        vocabulary.add(entry("the", THE));
        for (int i = 0; i < more; i++) {
            vocabulary.add(entry("more" + i, IDS + i));
        }
        return """
                {"version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
                 "added_tokens": [{"id": 258, "content": "<|endoftext|>", "single_word": false, "lstrip": false,
                   "rstrip": false, "normalized": false, "special": true}],
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
                 "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
                 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                   "end_of_word_suffix": "", "fuse_unk": false, "vocab": {%s}, "merges": ["t h", "th e"]}}
                """
                .formatted(String.join(", ", vocabulary));
    }

    private static String entry(String token, int id) {
        return "\"" + token.replace("\\u0022", "\\\"").replace("\\u005c", "\\\\") + "\": " + id;
    }
}
