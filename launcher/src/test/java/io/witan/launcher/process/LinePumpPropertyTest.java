package io.witan.launcher.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;

final class LinePumpPropertyTest {
    @Property(tries = 500)
    void cutsLikeStringLines(
            @ForAll @Chars({'\n', '\r', 'é'}) @CharRange(from = 'a', to = 'c') String text,
            @ForAll @IntRange(min = 1, max = 7) int chunk) {
        List<String> lines = new ArrayList<>();
        new LinePump(inChunks(text.getBytes(StandardCharsets.UTF_8), chunk), lines::add).run();
        assertThat(lines).isEqualTo(text.lines().toList());
    }

    private static InputStream inChunks(byte[] bytes, int chunk) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, chunk));
            }
        };
    }

    @Example
    void aLineWithoutEndIsCutAtTheLimit() {
        List<String> lines = new ArrayList<>();
        new LinePump(new ByteArrayInputStream("x".repeat(10).getBytes(StandardCharsets.US_ASCII)), lines::add, 4).run();
        assertThat(lines).containsExactly("xxxx", "xxxx", "xx");
    }

    @Example
    void bytesThatAreNotUtf8AreReplaced() {
        List<String> lines = new ArrayList<>();
        new LinePump(new ByteArrayInputStream(new byte[] {'a', (byte) 0xff, '\n'}), lines::add).run();
        assertThat(lines).containsExactly("a\ufffd");
    }
}
