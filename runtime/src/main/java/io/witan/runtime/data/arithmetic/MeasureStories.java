package io.witan.runtime.data.arithmetic;

import io.witan.runtime.data.arithmetic.Story.Person;

/** Problems about money, ways, time, ages and seats. */
final class MeasureStories {
    private static final String[] GOODS = {
        "notebooks",
        "pens",
        "scarves",
        "mugs",
        "tickets",
        "sandwiches",
        "toys",
        "plates",
        "lamps",
        "cakes",
        "maps",
        "hats"
    };
    private static final String[] WORK = {
        "washes cars", "paints fences", "picks fruit", "teaches the piano", "walks dogs", "mows lawns", "bakes bread"
    };
    private static final String[] VEHICLES = {"train", "bus", "boat", "lorry", "car", "tram"};
    private static final String[] HALLS = {"theatre", "cinema", "school hall", "concert hall", "tent", "church"};

    /** Invented places. */
    private static final String[] TOWNS = {
        "Aldmere", "Birchford", "Copperhill", "Dunwater", "Eastholm", "Fernley", "Greyport", "Hazelby", "Ironbridge",
                "Kingsmoor",
        "Larkfield", "Millbeck", "Northcove", "Oakstead", "Pinewick", "Ravensea", "Stonegate", "Thornbury", "Underwood",
                "Westhaven"
    };

    private MeasureStories() {}

    static int shopping(Story story) {
        Draws draws = story.draws();
        Person buyer = story.person();
        String goods = draws.pick(GOODS);
        int count = draws.between(2, 9);
        int price = draws.between(2, 15);
        story.tell(draws.pick(
                buyer.name() + " buys " + count + " " + goods + " for " + price + " dollars each.",
                "In a shop " + buyer.name() + " takes " + count + " " + goods + " that cost " + price
                        + " dollars each."));
        int total = story.solve("The " + goods + " cost", count, '*', price, "dollars");
        if (draws.between(0, 1) == 0) {
            int extra = draws.between(3, 20);
            story.tell(draws.pick(
                    "A gift card for " + extra + " dollars goes into the basket too.",
                    buyer.start() + " also pays " + extra + " dollars for the delivery."));
            total = story.solve("In all " + buyer.name() + " has to pay", total, '+', extra, "dollars");
        }
        if (draws.between(0, 1) == 0) {
            story.tell("How many dollars does " + buyer.name() + " pay?");
            return total;
        }
        int given = (total / 50 + 1) * 50 + 2;
        story.tell(draws.pick(
                buyer.start() + " had " + given + " dollars before. How many dollars are left?",
                buyer.start() + " hands over " + given + " dollars. How much change does " + buyer.pronoun()
                        + " get?"));
        return story.solve(buyer.name() + " keeps", given, '-', total, "dollars");
    }

    static int earning(Story story) {
        Draws draws = story.draws();
        Person worker = story.person();
        int wage = draws.between(6, 25);
        int hours = draws.between(2, 9);
        story.tell(draws.pick(
                worker.name() + " " + draws.pick(WORK) + " for " + wage + " dollars an hour.",
                "For each hour " + worker.name() + " gets " + wage + " dollars."));
        story.tell(draws.pick(
                "Today " + worker.pronoun() + " works " + hours + " hours.",
                worker.start() + " works for " + hours + " hours on Monday."));
        int pay = story.solve(worker.name() + " earns", wage, '*', hours, "dollars");
        return switch (draws.between(0, 2)) {
            case 0 -> {
                story.tell("How much money does " + worker.pronoun() + " earn?");
                yield pay;
            }
            case 1 -> {
                int spent = draws.between(2, pay - 3);
                story.tell(worker.start() + " spends " + spent + " dollars of it. How many dollars does "
                        + worker.pronoun() + " save?");
                yield story.solve(worker.name() + " saves", pay, '-', spent, "dollars");
            }
            default -> {
                int days = draws.between(2, 6);
                int before = draws.between(10, 80);
                story.tell("This goes on for " + days + " days. There were " + before
                        + " dollars in the purse before. How many" + " dollars does " + worker.name() + " have then?");
                int earned = story.solve("Over the days that is", pay, '*', days, "dollars");
                yield story.solve("With the old money " + worker.name() + " has", earned, '+', before, "dollars");
            }
        };
    }

    static int travel(Story story) {
        Draws draws = story.draws();
        String vehicle = draws.pick(VEHICLES);
        String town = draws.pick(TOWNS);
        int speed = draws.between(3, 18) * 5;
        int hours = draws.between(2, 6);
        story.tell(draws.pick(
                "A " + vehicle + " to " + town + " goes " + speed + " miles in an hour and is on its way for " + hours
                        + " hours.",
                "For " + hours + " hours a " + vehicle + " from " + town + " travels at " + speed + " miles an hour."));
        int way = story.solve("The " + vehicle + " goes", hours, '*', speed, "miles");
        int more = draws.between(5, 60);
        return switch (draws.between(0, 2)) {
            case 0 -> {
                story.tell("How many miles does it go?");
                yield way;
            }
            case 1 -> {
                story.tell("After a rest it goes another " + more + " miles. How long is the whole way in miles?");
                yield story.solve("The whole way is", way, '+', more, "miles");
            }
            default -> {
                int whole = way + more;
                story.tell("The next town is " + whole + " miles from the start. How many miles are still to go?");
                yield story.solve("There are still", whole, '-', way, "miles to go");
            }
        };
    }

    static int reading(Story story) {
        Draws draws = story.draws();
        Person reader = story.person();
        int pages = draws.between(8, 30);
        int days = draws.between(3, 9);
        int whole = pages * days + draws.between(10, 120);
        story.tell(draws.pick(
                reader.name() + " reads a book of " + whole + " pages.",
                "A book has " + whole + " pages, and " + reader.name() + " begins to read it."));
        story.tell(draws.pick(
                "Each day " + reader.pronoun() + " reads " + pages + " pages.",
                reader.start() + " reads " + pages + " pages every evening."));
        story.tell("How many pages are left after " + days + " days?");
        int read = story.solve("In " + days + " days " + reader.pronoun() + " reads", pages, '*', days, "pages");
        return story.solve("There are", whole, '-', read, "pages left");
    }

    static int ages(Story story) {
        Draws draws = story.draws();
        Person younger = story.person();
        Person older = story.person();
        int age = draws.between(4, 15);
        story.tell(younger.name() + " is " + age + " years old.");
        int other;
        if (draws.between(0, 1) == 0) {
            int gap = draws.between(2, 30);
            story.tell(older.name() + " is " + gap + " years older than " + younger.name() + ".");
            other = story.solve(older.name() + " is", age, '+', gap, "years old");
        } else {
            int factor = draws.between(2, 4);
            String times = factor == 2 ? "twice" : factor + " times";
            story.tell(older.name() + " is " + times + " as old as " + younger.name() + ".");
            other = story.solve(older.name() + " is", age, '*', factor, "years old");
        }
        if (draws.between(0, 1) == 0) {
            int later = draws.between(2, 20);
            story.tell("How old is " + older.name() + " in " + later + " years?");
            return story.solve("In " + later + " years " + older.name() + " is", other, '+', later, "years old");
        }
        story.tell("How many years are their ages together?");
        return story.solve("Their ages are together", age, '+', other, "years");
    }

    static int seats(Story story) {
        Draws draws = story.draws();
        String hall = draws.pick(HALLS);
        String town = draws.pick(TOWNS);
        int rows = draws.between(5, 25);
        int each = draws.between(6, 24);
        int taken = draws.between(4, rows * each - 4);
        story.tell(draws.pick(
                "A " + hall + " in " + town + " has " + rows + " rows of " + each + " seats.",
                "In a " + hall + " of " + town + " there are " + rows + " rows, each with " + each + " seats."));
        int all = story.solve("The " + hall + " has", rows, '*', each, "seats");
        if (draws.between(0, 2) == 0) {
            story.tell("How many seats does it have?");
            return all;
        }
        story.tell(draws.pick(
                taken + " people come and sit down. How many seats stay free?",
                "Tonight " + taken + " seats are taken. How many seats are free?"));
        return story.solve("There are", all, '-', taken, "free seats");
    }

    static int baking(Story story) {
        Draws draws = story.draws();
        Person baker = story.person();
        String[] ware = draws.pick(new String[][] {
            {"eggs", "cake", "cakes"},
            {"cups of flour", "loaf", "loaves"},
            {"spoons of sugar", "pot of jam", "pots of jam"},
            {"apples", "pie", "pies"}
        });
        int each = draws.between(2, 7);
        int count = draws.between(2, 9);
        story.tell(draws.pick(
                "One " + ware[1] + " takes " + each + " " + ware[0] + ".",
                "For every " + ware[1] + " " + baker.name() + " needs " + each + " " + ware[0] + "."));
        story.tell(baker.name() + " wants to make " + count + " " + ware[2] + ".");
        int need = story.solve("For the " + ware[2] + " " + baker.pronoun() + " needs", each, '*', count, ware[0]);
        int gap = draws.between(2, need / 2);
        if (draws.between(0, 1) == 0) {
            int stock = need - gap;
            story.tell(baker.start() + " has " + stock + " " + ware[0] + ". How many more are needed?");
            return story.solve("Still missing are", need, '-', stock, ware[0]);
        }
        int stock = need + gap;
        story.tell(baker.start() + " has " + stock + " " + ware[0] + " at home. How many are left over?");
        return story.solve("There remain", stock, '-', need, ware[0]);
    }

    static int classes(Story story) {
        Draws draws = story.draws();
        String town = draws.pick(TOWNS);
        int rooms = draws.between(2, 8);
        int pupils = draws.between(5, 14) * 2;
        int group = draws.pick(2, pupils / 2 > 2 && pupils % 4 == 0 ? 4 : 2);
        story.tell(draws.pick(
                "A school in " + town + " has " + rooms + " classes with " + pupils + " pupils each.",
                "There are " + rooms + " classes in the school of " + town + ", and " + pupils
                        + " pupils are in each class."));
        int all = story.solve("The school has", rooms, '*', pupils, "pupils");
        if (draws.between(0, 1) == 0) {
            story.tell("For the sports day they form teams of " + group + ". How many teams are there?");
            return story.solve("There are", all, '/', group, "teams");
        }
        int ill = draws.between(2, 9);
        story.tell("Today " + ill + " pupils are ill. How many pupils are at school?");
        return story.solve("At school are", all, '-', ill, "pupils");
    }
}
