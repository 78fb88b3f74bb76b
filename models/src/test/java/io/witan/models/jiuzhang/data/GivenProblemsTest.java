package io.witan.models.jiuzhang.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GivenProblemsTest {
    @Test
    void everyRowOfTheGivenFilesIsTaken() {
        List<Problem> all = GivenProblems.all();
        assertThat(all).hasSize(2548 + 1684 + 844 + 515 + 300 + 7473 + 839);
        assertThat(all.stream().filter(problem -> !problem.options().isEmpty())).hasSize(2548 + 1684);
        assertThat(all.stream().map(Problem::place).distinct()).hasSameSizeAs(all);
    }

    @Test
    void aQuestionAndWhatWasMadeOfItAreOnOneSide() {
        List<Problem> all = GivenProblems.all();
        ProblemSplit split = ProblemSplit.of(all, 0.1, 0);
        assertThat(split.train().size() + split.heldBack().size()).isEqualTo(all.size());
        assertThat((double) split.heldBack().size() / all.size()).isBetween(0.08, 0.12);
        Set<String> held = split.heldBack().stream().map(Problem::key).collect(Collectors.toSet());
        assertThat(split.train()).noneMatch(problem -> held.contains(problem.key()));
        // The source has questions twice, and CMATH has questions again with distractors.
        Map<String, Long> counts = all.stream().collect(Collectors.groupingBy(Problem::key, Collectors.counting()));
        assertThat(counts.values().stream().filter(count -> count > 1).count()).isGreaterThan(200);
        assertThat(new HashSet<>(held)).anyMatch(key -> counts.get(key) > 1);
    }
}
