package io.witan.launcher.exit;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.CollectiveException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FailureTest {
    @Test
    void everyCodeIsDistinctAndSmallerThanSignals() {
        assertThat(Arrays.stream(ExitCode.values()).map(ExitCode::code))
                .doesNotHaveDuplicates()
                .allMatch(code -> code >= 0 && code < 128);
    }

    @Test
    void codesAndSignalsHaveWords() {
        assertThat(ExitCode.describe(5)).isEqualTo("exit code 5 (data)");
        assertThat(ExitCode.describe(57)).isEqualTo("exit code 57");
        assertThat(ExitCode.describe(137)).isEqualTo("killed by SIGKILL");
        assertThat(ExitCode.describe(ExitCode.ofSignal(40))).isEqualTo("killed by signal 40");
        assertThat(ExitCode.describe(255)).isEqualTo("exit code 255");
    }

    @Test
    void collectiveErrorsHaveTheirCodes() {
        assertThat(codeOf(CollectiveException.Kind.RENDEZVOUS)).isEqualTo(ExitCode.RENDEZVOUS);
        assertThat(codeOf(CollectiveException.Kind.PEER_LOST)).isEqualTo(ExitCode.PEER_LOST);
        assertThat(codeOf(CollectiveException.Kind.DEADLINE)).isEqualTo(ExitCode.PEER_LOST);
        assertThat(codeOf(CollectiveException.Kind.MISMATCH)).isEqualTo(ExitCode.WRONG_RESULT);
        assertThat(codeOf(CollectiveException.Kind.CLOSED)).isEqualTo(ExitCode.INTERNAL);
    }

    private static ExitCode codeOf(CollectiveException.Kind kind) {
        return Failure.of(new CollectiveException(kind, 1, "allReduce step=1: rank 1"), List.of())
                .code();
    }

    @Test
    void rulesApplyInOrderAndToSubclasses() {
        List<FailureRule> rules = List.of(
                new FailureRule(FileNotFoundException.class, ExitCode.DATA),
                new FailureRule(IOException.class, ExitCode.CONFIG));
        assertThat(Failure.of(new FileNotFoundException("a"), rules).code()).isEqualTo(ExitCode.DATA);
        assertThat(Failure.of(new java.io.EOFException("a"), rules).code()).isEqualTo(ExitCode.CONFIG);
    }

    @Test
    void aKnownErrorIsOneLineAndAnUnknownOneHasATrace() {
        Failure known = Failure.of(new LaunchException(ExitCode.DATA, "first\nsecond"), List.of());
        assertThat(known).isEqualTo(new Failure(ExitCode.DATA, "first", ""));
        Failure unknown = Failure.of(new IllegalStateException(), List.of());
        assertThat(unknown.code()).isEqualTo(ExitCode.INTERNAL);
        assertThat(unknown.line()).doesNotContain("\n").contains("IllegalStateException");
        assertThat(unknown.trace()).contains("at io.witan");
        assertThat(Failure.of(new OutOfMemoryError("Cannot reserve"), List.of()).code())
                .isEqualTo(ExitCode.OUT_OF_MEMORY);
    }
}
