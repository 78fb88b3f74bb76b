package io.witan.models.dmoerm.data;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Categories of the applications that PandaLM's instructions were written for, by what most of an application's instructions
 * ask. They are ours: the source has none. No application is about role play.
 */
final class PandaLmApplications {
    private static final Map<String, Category> CATEGORIES = categories();

    private PandaLmApplications() {}

    private static Map<String, Category> categories() {
        Map<String, Category> categories = new LinkedHashMap<>();
        put(categories, Category.CHAT, "Messenger", "Meetup", "Telegram", "yelp");
        put(
                categories,
                Category.SUBJECTIVE_QA,
                "Amazon",
                "Goodreads",
                "Google Sheet",
                "Netflix",
                "Quora",
                "Reddit",
                "Spotify",
                "Weather",
                "Yelp",
                "tripadvisor.com");
        put(
                categories,
                Category.OBJECTIVE_QA,
                "(Wolfram alpha)?",
                "Doulingo",
                "ESPN",
                "Google Search",
                "IMDB",
                "MS Excel",
                "National Geographic",
                "Play Store",
                "Redfin",
                "Socratic by Google",
                "Sudoku",
                "Wikipedia",
                "Wolfram alpha",
                "https://cohere.ai/",
                "ludwig.guru",
                "merriam-webster.com");
        put(
                categories,
                Category.TEXT_CREATION,
                "Blogger",
                "CNN News",
                "Coursera",
                "Facebook",
                "Gmail",
                "Google Docs",
                "Google Meet",
                "Grammarly",
                "Indeed",
                "Instagram",
                "Jira",
                "LinkedIn",
                "Tasty",
                "Twitter",
                "YouTube",
                "https://abcnotation.com/",
                "instructables",
                "sth related to real estate?");
        return Collections.unmodifiableMap(categories);
    }

    private static void put(Map<String, Category> categories, Category category, String... applications) {
        for (String application : applications) {
            categories.put(application, category);
        }
    }

    static Collection<String> names() {
        return CATEGORIES.keySet();
    }

    /** @param application one of the names */
    static Category category(String application) {
        return CATEGORIES.get(application);
    }
}
