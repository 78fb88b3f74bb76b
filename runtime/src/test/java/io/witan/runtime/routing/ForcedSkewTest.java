package io.witan.runtime.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.routing.ForcedSkew.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForcedSkewTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "zipf:1.5 | 1.5 | 0 | SHUFFLED | zipf:1.5",
                "zipf:0 | 0 | 0 | SHUFFLED | zipf:0",
                "zipf:8,drift=1 | 8 | 1 | SHUFFLED | zipf:8,drift=1",
                "zipf:.5,drift=0.01 | 0.5 | 0.01 | SHUFFLED | zipf:0.5,drift=0.01",
                "zipf:1.50,order=aligned,drift=0 | 1.5 | 0 | ALIGNED | zipf:1.5,order=aligned",
                "zipf:2,drift=0.000000001,order=shuffled | 2 | 1e-9 | SHUFFLED | zipf:2,drift=0.000000001"
            })
    void readsWhatIsAllowedAndWritesItAgain(String text, double exponent, double drift, Order order, String written) {
        ForcedSkew skew = ForcedSkew.parse(text);

        assertThat(skew).isEqualTo(new ForcedSkew(exponent, drift, order)).hasToString(written);
        assertThat(ForcedSkew.parse(written)).isEqualTo(skew);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "zipf:-1 | S is \"-1\"",
                "zipf:8.1 | S is \"8.1\"",
                "zipf:1e1 | S is \"1e1\"",
                "zipf:NaN | S is \"NaN\"",
                "zipf: | S is \"\"",
                "zipf:1.2345678901 | S is \"1.2345678901\"",
                "zipf:1,drift=-0.1 | D is \"-0.1\"",
                "zipf:1,drift=1.5 | D is \"1.5\"",
                "zipf:1,drift= | D is \"\"",
                "zipf:1,drift=0.1,drift=0.2 | \"drift=0.2\" is no option, or is there twice",
                "zipf:1,dirft=0.1 | \"dirft=0.1\" is no option",
                "zipf:1, | \"\" is no option",
                "zipf:1,order=sorted | order is \"sorted\"",
                "uniform | does not begin with zipf:",
                "Zipf:1 | does not begin with zipf:"
            })
    void refusesTheRestInOneLine(String text, String reason) {
        assertThatThrownBy(() -> ForcedSkew.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("skew \"" + text + "\"")
                .hasMessageContaining(reason)
                .hasMessageContaining("allowed is zipf:S[,drift=D][,order=shuffled|aligned]")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void refusesWhatIsTooLongWithoutRepeatingIt() {
        assertThatThrownBy(() -> ForcedSkew.parse("zipf:" + "1".repeat(10_000)))
                .hasMessageContaining("it has 10005 characters")
                .message()
                .hasSizeLessThan(300);
        assertThatThrownBy(() -> ForcedSkew.parse("zipf:1\nx")).message().doesNotContain("\n");
    }
}
