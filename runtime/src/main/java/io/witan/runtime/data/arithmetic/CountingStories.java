package io.witan.runtime.data.arithmetic;

import io.witan.runtime.data.arithmetic.Story.Person;

/** Problems about things that are had, won, lost, shared and packed: a beginning, up to two events, an end. */
final class CountingStories {
    private static final String[] THINGS = {
        "apples",
        "pears",
        "marbles",
        "stickers",
        "books",
        "pencils",
        "coins",
        "stamps",
        "shells",
        "cards",
        "buttons",
        "beads",
        "eggs",
        "plums",
        "cookies",
        "candles",
        "flowers",
        "toy cars",
        "postcards",
        "walnuts",
        "ribbons",
        "crayons",
        "badges",
        "lemons",
        "onions",
        "bricks"
    };
    private static final String[][] CONTAINERS = {
        {"boxes", "box"},
        {"bags", "bag"},
        {"baskets", "basket"},
        {"jars", "jar"},
        {"crates", "crate"},
        {"trays", "tray"},
        {"drawers", "drawer"},
        {"tins", "tin"}
    };

    /** Below this a thing is not lost or halved, so that words can stay in the plural. */
    private static final int FEW = 6;

    private CountingStories() {}

    /** What one person has of one thing, step by step. */
    static int chain(Story story) {
        Draws draws = story.draws();
        Person owner = story.person();
        String things = draws.pick(THINGS);
        int count = beginning(story, owner, things);
        int events = draws.between(story.steps() == 0 ? 1 : 0, 2);
        for (int i = 0; i < events; i++) {
            count = event(story, owner, things, count);
        }
        boolean mayEnd = story.steps() < 3 && draws.between(0, 2) == 0;
        return mayEnd ? end(story, owner, things, count) : ask(story, owner, things, count);
    }

    private static int beginning(Story story, Person owner, String things) {
        Draws draws = story.draws();
        if (draws.between(0, 2) > 0) {
            int count = draws.between(12, 60);
            story.tell(draws.pick(
                    owner.name() + " has " + count + " " + things + ".",
                    "There are " + count + " " + things + " on the table of " + owner.name() + ".",
                    "This morning " + owner.name() + " had " + count + " " + things + ".",
                    owner.name() + " keeps " + count + " " + things + " in a cupboard."));
            return count;
        }
        String[] container = draws.pick(CONTAINERS);
        int containers = draws.between(2, 9);
        int each = draws.between(4, 12);
        story.tell(draws.pick(
                owner.name() + " has " + containers + " " + container[0] + " with " + each + " " + things + " in each "
                        + container[1] + ".",
                owner.name() + " fills " + containers + " " + container[0] + " and puts " + each + " " + things
                        + " into every " + container[1] + "."));
        return story.solve("In the " + container[0] + " there are", containers, '*', each, things);
    }

    private static int event(Story story, Person owner, String things, int count) {
        Draws draws = story.draws();
        int kind = draws.between(0, 3);
        boolean possible = kind == 1 && count >= FEW || kind == 2 || kind == 3 && count >= FEW && count % 2 == 0;
        return switch (possible ? kind : 0) {
            case 0 -> {
                int more = draws.between(2, 30);
                story.tell(draws.pick(
                        "Then " + owner.pronoun() + " buys " + more + " more " + things + ".",
                        owner.start() + " finds another " + more + " " + things + ".",
                        "A neighbour brings " + owner.name() + " " + more + " more " + things + ".",
                        "Later " + owner.pronoun() + " gets " + more + " " + things + " as a present."));
                yield story.solve(owner.name() + " now has", count, '+', more, things);
            }
            case 1 -> {
                int fewer = draws.between(2, count / 2);
                story.tell(loss(story, owner, things, fewer));
                yield story.solve(owner.name() + " is left with", count, '-', fewer, things);
            }
            case 2 -> {
                int factor = draws.between(2, 3);
                String word = factor == 2 ? "doubles" : "triples";
                story.tell(draws.pick(
                        "During the year " + owner.pronoun() + " " + word + " the number of " + things + ".",
                        "By the summer " + owner.pronoun() + " " + word + " this collection."));
                yield story.solve("After that there are", count, '*', factor, things);
            }
            default -> {
                story.tell(draws.pick(
                        owner.start() + " gives half of the " + things + " away.",
                        "Half of the " + things + " are sold at the market."));
                yield story.solve("What remains is", count, '/', 2, things);
            }
        };
    }

    private static String loss(Story story, Person owner, String things, int fewer) {
        Draws draws = story.draws();
        return switch (draws.between(0, 3)) {
            case 0 -> {
                Person other = story.person();
                yield owner.start() + " gives " + fewer + " of the " + things + " to " + other.name() + ".";
            }
            case 1 -> "On the way home " + owner.pronoun() + " loses " + fewer + " " + things + ".";
            case 2 -> owner.start() + " sells " + fewer + " of the " + things + " to a friend.";
            default -> "A week later " + fewer + " of the " + things + " are gone.";
        };
    }

    private static int ask(Story story, Person owner, String things, int count) {
        story.tell(story.draws()
                .pick(
                        "How many " + things + " does " + owner.name() + " have now?",
                        "How many " + things + " are there in the end?",
                        "What is the number of " + things + " that " + owner.name() + " has at the end?"));
        return count;
    }

    private static int end(Story story, Person owner, String things, int count) {
        Draws draws = story.draws();
        int parts = draws.between(2, 6);
        if (count % parts == 0 && count / parts >= 2) {
            String[] container = draws.pick(CONTAINERS);
            if (draws.between(0, 1) == 0) {
                story.tell(owner.start() + " packs all of them in " + container[0] + ", " + parts + " in each "
                        + container[1] + ". How many " + container[0] + " does " + owner.pronoun() + " need?");
                return story.solve(owner.name() + " needs", count, '/', parts, container[0]);
            }
            story.tell("Then " + owner.pronoun() + " shares them fairly among " + parts + " friends. How many " + things
                    + " does each friend get?");
            return story.solve("Each friend gets", count, '/', parts, things);
        }
        int price = draws.between(2, 9);
        story.tell("At last " + owner.pronoun() + " sells all of them for " + price
                + " dollars each. How much money does " + owner.pronoun() + " get?");
        return story.solve(owner.name() + " gets", count, '*', price, "dollars");
    }

    /** Two or three people compared. */
    static int comparison(Story story) {
        Draws draws = story.draws();
        Person first = story.person();
        Person second = story.person();
        String things = draws.pick(THINGS);
        int count = draws.between(8, 40);
        story.tell(draws.pick(
                first.name() + " has " + count + " " + things + ".",
                first.name() + " collects " + count + " " + things + "."));
        int other =
                switch (draws.between(0, 2)) {
                    case 0 -> {
                        int more = draws.between(2, 20);
                        story.tell(second.name() + " has " + more + " more " + things + " than " + first.name() + ".");
                        yield story.solve(second.name() + " has", count, '+', more, things);
                    }
                    case 1 -> {
                        int fewer = draws.between(2, count - 3);
                        story.tell(
                                second.name() + " has " + fewer + " " + things + " fewer than " + first.name() + ".");
                        yield story.solve(second.name() + " has", count, '-', fewer, things);
                    }
                    default -> {
                        int factor = draws.between(2, 5);
                        String times = factor == 2 ? "twice" : factor + " times";
                        story.tell(
                                second.name() + " has " + times + " as many " + things + " as " + first.name() + ".");
                        yield story.solve(second.name() + " has", count, '*', factor, things);
                    }
                };
        if (draws.between(0, 2) == 0) {
            Person third = story.person();
            int own = draws.between(5, 30);
            story.tell(third.name() + " has " + own + " " + things + ". How many " + things
                    + " do the three of them have?");
            int pair = story.solve(first.name() + " and " + second.name() + " have", count, '+', other, things);
            return story.solve("The three of them have", pair, '+', own, things);
        }
        story.tell(draws.pick(
                "How many " + things + " do they have together?",
                "What is the number of their " + things + " in all?"));
        return story.solve("Together they have", count, '+', other, things);
    }
}
