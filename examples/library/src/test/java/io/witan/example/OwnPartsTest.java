package io.witan.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeHook;
import io.witan.runtime.moe.parts.LayerParts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gate, experts and a hook of one's own in the layer of {@link TrainTenSteps}. */
class OwnPartsTest {
    private static final MoeConfig MOE = TrainTenSteps.MOE;

    @Test
    void shouldLearn() {
        List<MoeHook.Point> seen = new ArrayList<>();
        MoeHook recorder = new MoeHook() {
            @Override
            public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                seen.add(point);
                return rows;
            }
        };

        List<Double> losses =
                TrainTenSteps.train(10, new LinearExperts(null, MOE.width()), (runtime, state) -> LayerParts.with(
                                runtime, MOE, new TurnsGate(MOE.experts(), MOE.width()))
                        .withExperts(new LinearExperts(runtime.kernels().groupedLinear(), MOE.width()))
                        .withHooks(List.of(recorder)));

        assertThat(losses).hasSize(10);
        assertThat(losses.getLast()).isLessThan(losses.getFirst() - 0.3);
        assertThat(seen.subList(0, 6)).containsExactly(MoeHook.Point.values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TurnsGate", "LinearExperts"})
    void shouldTakeFewLines(String name) throws IOException {
        long lines = Files.readAllLines(Path.of("src/main/java/io/witan/example/" + name + ".java")).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("import") && !line.startsWith("package"))
                .count();

        assertThat(lines).isLessThan(40);
    }
}
