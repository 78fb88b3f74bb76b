package io.witan.models.metric;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswersTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "14; 14.0",
                "25%; 0.25",
                "25%; 1/4",
                "((2)/(3)); 4/6",
                "1((1)/(2)); 1.5",
                "1,234; 1234",
                "$5; 5",
                "-3; -3.00",
                ".5; 0.5",
                "No; no",
                "x = 2; x=2"
            })
    void theSame(String truth, String told) {
        assertThat(Answers.same(truth, told)).isTrue();
        assertThat(Answers.same(told, truth)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "14; 41",
                "25; 25%",
                "1/3; 0.3333",
                "1((1)/(2)); 1/2",
                "1,2; 12",
                "1,2345; 12345",
                "-3; 3",
                "2; two",
                "1/0; 1/0.0",
                "7; ''"
            })
    void notTheSame(String truth, String told) {
        assertThat(Answers.same(truth, told)).isFalse();
        assertThat(Answers.same(told, truth)).isFalse();
    }
}
