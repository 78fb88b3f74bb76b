package io.witan.runtime.data.arithmetic;

import java.util.ArrayList;
import java.util.List;

/** A problem while it is written: sentences of the question, and one line for each step of the answer. */
final class Story {
    /** Someone with the words that stand for them. */
    record Person(String name, String pronoun) {
        /** The pronoun at the start of a sentence. */
        String start() {
            return Character.toUpperCase(pronoun.charAt(0)) + pronoun.substring(1);
        }
    }

    private static final String[] WOMEN = {
        "Anna", "Maria", "Lena", "Ruth", "Priya", "Mei", "Olga", "Nora", "Zoe", "Amina", "Clara", "Ines", "Tara",
        "Julia", "Hana", "Greta", "Wilma", "Dora", "Sofia", "Edith"
    };
    private static final String[] MEN = {
        "Ben", "Tom", "Omar", "Ivan", "Raj", "Hugo", "Karl", "Luis", "Finn", "Paul", "Victor", "Jonas", "Tariq",
        "Felix", "Oscar", "David", "Emil", "Noah", "Kenji", "Alfred"
    };

    private final Draws draws;
    private final List<String> sentences = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final List<String> usedNames = new ArrayList<>();

    Story(Draws draws) {
        this.draws = draws;
    }

    Draws draws() {
        return draws;
    }

    /** Someone who is not yet in the story. */
    Person person() {
        while (true) {
            boolean woman = draws.between(0, 1) == 0;
            String name = draws.pick(woman ? WOMEN : MEN);
            if (!usedNames.contains(name)) {
                usedNames.add(name);
                return new Person(name, woman ? "she" : "he");
            }
        }
    }

    /** Adds a sentence of the question. */
    Story tell(String sentence) {
        sentences.add(sentence);
        return this;
    }

    /**
     * Adds a line to the answer: {@code before a op b = result after.}
     *
     * @param op one of + - * /; a division comes out even
     * @return the result
     */
    int solve(String before, int a, char op, int b, String after) {
        int result =
                switch (op) {
                    case '+' -> a + b;
                    case '-' -> a - b;
                    case '*' -> a * b;
                    case '/' -> a / b;
                    default -> throw new IllegalArgumentException("operation " + op);
                };
        lines.add(before + " " + a + " " + op + " " + b + " = " + result + " " + after + ".");
        return result;
    }

    /** How many steps the answer has so far. */
    int steps() {
        return lines.size();
    }

    String text(int answer) {
        return String.join(" ", sentences) + "\n" + String.join("\n", lines) + "\n#### " + answer;
    }
}
