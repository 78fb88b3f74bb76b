package io.witan.runtime.config;

/**
 * Where a value came from.
 *
 * @param name a file, or the flag with its argument
 * @param line from 1; 0 if there is none (a flag, or a file as a whole)
 */
record Origin(String name, int line) {
    @Override
    public String toString() {
        return line == 0 ? name : name + ":" + line;
    }
}
