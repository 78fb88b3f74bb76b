package io.witan.runtime.config;

import io.witan.runtime.config.ConfigNode.Scalar;
import io.witan.runtime.config.ConfigNode.Style;
import io.witan.runtime.config.ScalarType.Bounds;
import io.witan.runtime.config.ValueType.OfList;
import io.witan.runtime.config.ValueType.OfOptional;
import io.witan.runtime.config.ValueType.OfRecord;
import io.witan.runtime.config.ValueType.OfScalar;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a record class says about its section: keys in order, types, defaults, documents, and how to make one. */
record RecordSchema(Class<?> type, List<Key> keys) {
    /** One component. {@code fallback} is the node of its {@code @Default}. */
    record Key(RecordComponent component, String name, ValueType type, Optional<ConfigNode> fallback) {
        String doc() {
            Doc doc = component.getAnnotation(Doc.class);
            return doc == null ? "" : doc.value();
        }

        boolean isRequired() {
            return fallback.isEmpty() && !(type instanceof OfOptional) && !(type instanceof OfRecord);
        }

        String missing(String path) {
            return path + " is missing; it must be " + type.expected();
        }

        Object of(Object section) {
            try {
                component.getAccessor().setAccessible(true);
                return component.getAccessor().invoke(section);
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException("cannot read " + component, e);
            }
        }
    }

    static RecordSchema of(Class<?> type) {
        return new RecordSchema(
                type,
                Arrays.stream(type.getRecordComponents()).map(RecordSchema::key).toList());
    }

    private static Key key(RecordComponent component) {
        Bounds bounds = Bounds.of(component.getAnnotation(Range.class));
        ValueType type = ValueType.of(component.getGenericType(), bounds);
        Default fallback = component.getAnnotation(Default.class);
        if (fallback != null && (type instanceof OfOptional || type instanceof OfRecord)) {
            throw new IllegalStateException(
                    component + " has @Default, but an optional key or a section has no default");
        }
        return new Key(
                component,
                KeyNames.snakeCase(component.getName()),
                type,
                Optional.ofNullable(fallback).map(value -> fallback(component, type, value.value())));
    }

    private static ConfigNode fallback(RecordComponent component, ValueType type, String text) {
        String name = "default of " + component.getDeclaringRecord().getSimpleName() + "." + component.getName();
        boolean verbatim = type instanceof OfScalar of && of.scalar() instanceof ScalarType.Text;
        return verbatim
                ? new Scalar(text, Style.QUOTED, new Origin(name, 0))
                : YamlReader.read(text, name, YamlReader.Lines.NONE);
    }

    Optional<Key> key(String name) {
        return keys.stream().filter(key -> key.name().equals(name)).findFirst();
    }

    /** Every key below this section, with {@code path} put before it. */
    List<String> paths(String path) {
        List<String> paths = new ArrayList<>();
        for (Key key : keys) {
            String keyPath = path.isEmpty() ? key.name() : path + "." + key.name();
            sectionOf(key.type())
                    .ifPresentOrElse(section -> paths.addAll(section.paths(keyPath)), () -> paths.add(keyPath));
        }
        return paths;
    }

    void describe(String path, List<KeyDescription> into) {
        for (Key key : keys) {
            String keyPath = path.isEmpty() ? key.name() : path + "." + key.name();
            Optional<RecordSchema> section = sectionOf(key.type());
            if (section.isPresent()) {
                section.get().describe(keyPath, into);
            } else {
                Optional<String> fallback = Optional.ofNullable(key.component().getAnnotation(Default.class))
                        .map(Default::value);
                into.add(new KeyDescription(keyPath, key.type().expected(), fallback, key.isRequired(), key.doc()));
            }
        }
    }

    private static Optional<RecordSchema> sectionOf(ValueType type) {
        return switch (type) {
            case OfRecord of -> Optional.of(of.schema());
            case OfOptional of -> sectionOf(of.value());
            case OfList of -> Optional.empty();
            case OfScalar of -> Optional.empty();
        };
    }

    /** @throws IllegalArgumentException if the record's own constructor refuses the values */
    Object make(Object[] values) {
        Class<?>[] types = keys.stream().map(key -> key.component().getType()).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException own) {
                throw own;
            }
            throw new IllegalStateException("cannot make a " + type.getName(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot make a " + type.getName(), e);
        }
    }
}
