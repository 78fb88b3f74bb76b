package io.witan.models.jiuzhang.data;

/** The language of a problem. */
public enum Language {
    CHINESE,
    ENGLISH
}
