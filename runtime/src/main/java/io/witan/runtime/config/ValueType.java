package io.witan.runtime.config;

import io.witan.runtime.config.ScalarType.Bounds;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;

/** The shape of a record component's value. */
sealed interface ValueType {
    record OfScalar(ScalarType scalar) implements ValueType {}

    record OfRecord(RecordSchema schema) implements ValueType {}

    record OfList(ValueType item) implements ValueType {}

    record OfOptional(ValueType value) implements ValueType {}

    /** What is allowed, as messages say it. */
    default String expected() {
        return switch (this) {
            case OfScalar of -> of.scalar().expected();
            case OfRecord of -> "a section";
            case OfList of -> "a list, each item " + of.item().expected();
            case OfOptional of -> of.value().expected();
        };
    }

    /** @throws IllegalStateException if configuration records cannot hold such a component: the program is wrong */
    static ValueType of(Type type, Bounds bounds) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
            return new OfOptional(of(generic.getActualTypeArguments()[0], bounds));
        }
        if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
            return new OfList(of(generic.getActualTypeArguments()[0], bounds));
        }
        if (type instanceof Class<?> plain && plain.isRecord()) {
            return new OfRecord(RecordSchema.of(plain));
        }
        if (type instanceof Class<?> plain) {
            Optional<ScalarType> scalar = ScalarType.of(plain, bounds);
            if (scalar.isPresent()) {
                return new OfScalar(scalar.get());
            }
        }
        throw new IllegalStateException("a configuration record cannot hold a " + type.getTypeName());
    }
}
