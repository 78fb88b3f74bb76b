package io.witan.runtime.config;

import io.witan.runtime.config.ConfigNode.Scalar;
import io.witan.runtime.config.ConfigNode.Style;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How one value is read from, written as, and described to the user. */
sealed interface ScalarType {
    /** What is allowed: {@code a whole number from 1 to 10}. */
    String expected();

    /** The value, empty if the scalar is not one of this type. */
    Optional<Object> parse(Scalar scalar);

    /** The scalar that {@link #parse} reads back to an equal value. */
    default Scalar write(Object value, Origin origin) {
        return new Scalar(value.toString(), Style.PLAIN, origin);
    }

    private static Scalar word(String text, Origin origin) {
        Scalar plain = new Scalar(text, Style.PLAIN, origin);
        boolean reads = text.matches("[A-Za-z][A-Za-z0-9_./-]*") && !plain.isNull();
        return reads ? plain : new Scalar(text, Style.QUOTED, origin);
    }

    /** The type of a record component, empty if it is not a scalar. */
    static Optional<ScalarType> of(Class<?> type, Bounds bounds) {
        if (type == int.class || type == Integer.class) {
            return Optional.of(new Whole(bounds, Integer.MIN_VALUE, Integer.MAX_VALUE, Math::toIntExact));
        }
        if (type == IntOrAuto.class) {
            return Optional.of(new WholeOrAuto(
                    new Whole(bounds, Integer.MIN_VALUE, Integer.MAX_VALUE, v -> IntOrAuto.of(Math.toIntExact(v)))));
        }
        if (type == long.class || type == Long.class) {
            return Optional.of(new Whole(bounds, Long.MIN_VALUE, Long.MAX_VALUE, Long::valueOf));
        }
        if (type == double.class || type == Double.class) {
            return Optional.of(new Real(bounds, Double::valueOf));
        }
        if (type == float.class || type == Float.class) {
            return Optional.of(new Real(bounds, Float::valueOf));
        }
        if (type == boolean.class || type == Boolean.class) {
            return Optional.of(new Truth());
        }
        if (type == String.class) {
            return Optional.of(new Text());
        }
        return type.isEnum() ? Optional.of(new Choice(List.of(type.getEnumConstants()))) : Optional.empty();
    }

    /** The range of a key. */
    record Bounds(double min, double max, double above, double below) {
        static final Bounds NONE = new Bounds(
                Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

        static Bounds of(Range range) {
            return range == null ? NONE : new Bounds(range.min(), range.max(), range.above(), range.below());
        }

        boolean allow(double value) {
            boolean low = value >= min && (value > above || above == Double.NEGATIVE_INFINITY);
            return low && value <= max && (value < below || below == Double.POSITIVE_INFINITY);
        }

        String shown() {
            String low = above > Double.NEGATIVE_INFINITY ? " above " + number(above) : "";
            String high = below < Double.POSITIVE_INFINITY ? " below " + number(below) : "";
            boolean hasMin = min > Double.NEGATIVE_INFINITY;
            boolean hasMax = max < Double.POSITIVE_INFINITY;
            if (hasMin && hasMax) {
                return " from " + number(min) + " to " + number(max) + low + high;
            }
            low += hasMin ? " of at least " + number(min) : "";
            high += hasMax ? " of at most " + number(max) : "";
            return low + (low.isEmpty() || high.isEmpty() ? "" : " and") + high;
        }

        private static String number(double value) {
            return value == Math.rint(value) && Math.abs(value) < 1e15
                    ? Long.toString((long) value)
                    : Double.toString(value);
        }
    }

    /** Makes the boxed value of a component's own width. */
    interface LongBox {
        Object box(long value);
    }

    /** Makes the boxed value of a component's own width from its text. */
    interface RealBox {
        Object box(String text);
    }

    record Whole(Bounds bounds, long least, long greatest, LongBox box) implements ScalarType {
        private static final Pattern DIGITS = Pattern.compile("[-+]?[0-9](_?[0-9])*");

        @Override
        public String expected() {
            long from = bounds.min() > least ? (long) Math.ceil(bounds.min()) : least;
            from = bounds.above() >= from ? (long) Math.floor(bounds.above()) + 1 : from;
            long to = bounds.max() < greatest ? (long) Math.floor(bounds.max()) : greatest;
            to = bounds.below() <= to ? (long) Math.ceil(bounds.below()) - 1 : to;
            return "a whole number from " + from + " to " + to;
        }

        @Override
        public Optional<Object> parse(Scalar scalar) {
            if (scalar.style() != Style.PLAIN || !DIGITS.matcher(scalar.text()).matches()) {
                return Optional.empty();
            }
            BigInteger value = new BigInteger(scalar.text().replace("_", ""));
            boolean fits = value.compareTo(BigInteger.valueOf(least)) >= 0
                    && value.compareTo(BigInteger.valueOf(greatest)) <= 0
                    && bounds.allow(value.doubleValue());
            return fits ? Optional.of(box.box(value.longValueExact())) : Optional.empty();
        }
    }

    record Real(Bounds bounds, RealBox box) implements ScalarType {
        private static final Pattern DECIMAL = Pattern.compile("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?");
        private static final Pattern INFINITE = Pattern.compile("([-+]?)\\.(inf|Inf|INF)");

        @Override
        public String expected() {
            return "a number" + bounds.shown();
        }

        @Override
        public Optional<Object> parse(Scalar scalar) {
            String text = scalar.text();
            if (scalar.style() != Style.PLAIN) {
                return Optional.empty();
            }
            boolean infinite = INFINITE.matcher(text).matches();
            if (!infinite && !DECIMAL.matcher(text).matches()) {
                return Optional.empty();
            }
            Object value = box.box(infinite ? (text.startsWith("-") ? "-Infinity" : "Infinity") : text);
            double number = ((Number) value).doubleValue();
            boolean overflow = !infinite && Double.isInfinite(number);
            return !overflow && bounds.allow(number) ? Optional.of(value) : Optional.empty();
        }

        @Override
        public Scalar write(Object value, Origin origin) {
            String text = value.toString().replace("Infinity", ".inf");
            return new Scalar(text, Style.PLAIN, origin);
        }
    }

    record Truth() implements ScalarType {
        @Override
        public String expected() {
            return "true or false";
        }

        @Override
        public Optional<Object> parse(Scalar scalar) {
            return switch (scalar.style() == Style.PLAIN ? scalar.text() : "") {
                case "true" -> Optional.of(true);
                case "false" -> Optional.of(false);
                default -> Optional.empty();
            };
        }
    }

    record Text() implements ScalarType {
        @Override
        public String expected() {
            return "a text";
        }

        @Override
        public Optional<Object> parse(Scalar scalar) {
            return Optional.of(scalar.text());
        }

        @Override
        public Scalar write(Object value, Origin origin) {
            return word(value.toString(), origin);
        }
    }

    record WholeOrAuto(Whole whole) implements ScalarType {
        @Override
        public String expected() {
            return whole.expected() + ", or " + IntOrAuto.AUTO_WORD;
        }

        @Override
        public Optional<Object> parse(Scalar scalar) {
            return scalar.text().equals(IntOrAuto.AUTO_WORD) ? Optional.of(IntOrAuto.AUTO) : whole.parse(scalar);
        }
    }

    record Choice(List<Object> constants) implements ScalarType {
        @Override
        public String expected() {
            return constants.stream().map(Choice::name).collect(Collectors.joining(", ", "one of ", ""));
        }

        @Override
        public Optional<Object> parse(Scalar scalar) {
            return constants.stream()
                    .filter(constant -> name(constant).equals(scalar.text().replace('-', '_')))
                    .findFirst();
        }

        @Override
        public Scalar write(Object value, Origin origin) {
            return word(name(value), origin);
        }

        private static String name(Object constant) {
            return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
        }
    }
}
