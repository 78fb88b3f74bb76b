package io.witan.models.dmoerm.data;

import java.util.Arrays;

/** What kind of request a prompt is, and how many capability points its responses are looked at by (DMoERM, arXiv 2403.01197). */
public enum Category {
    ROLE_PLAY("role_play", 6),
    CHAT("chat", 5),
    SUBJECTIVE_QA("subjective_qa", 5),
    OBJECTIVE_QA("objective_qa", 6),
    TEXT_CREATION("text_creation", 5);

    private final String key;
    private final int pointCount;

    Category(String key, int pointCount) {
        this.key = key;
        this.pointCount = pointCount;
    }

    /** Its name in files and tables. */
    public String key() {
        return key;
    }

    /** K. */
    public int pointCount() {
        return pointCount;
    }

    /** The number of its first point when those of all categories are counted through, from 0. */
    public int firstPoint() {
        return Arrays.stream(values())
                .limit(ordinal())
                .mapToInt(Category::pointCount)
                .sum();
    }

    /** Points of all categories together. */
    public static int allPoints() {
        return Arrays.stream(values()).mapToInt(Category::pointCount).sum();
    }
}
