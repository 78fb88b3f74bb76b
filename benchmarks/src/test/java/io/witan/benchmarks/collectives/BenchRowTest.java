package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BenchRowTest {
    @Test
    void rowsComeBackFromJson() {
        String json = "{\"op\":\"all_gather\",\"bytes\":1024,\"count\":128,\"ranks\":2,\"nodes\":1,\"dtype\":\"fp32\","
                + "\"in_place\":true,\"transport\":\"shared\",\"idle\":\"spin\",\"lane\":\"gradients\","
                + "\"iters\":99,\"p50_us\":1.5,\"p99_us\":2.5,"
                + "\"max_us\":3.5,\"algbw_gbs\":0.7,\"busbw_gbs\":0.35,\"wrong\":0}";
        BenchRow row = BenchRow.fromJson(json);
        assertThat(row.inPlace()).isTrue();
        assertThat(row.p50Us()).isEqualTo(1.5);
        assertThat(row.lane()).isEqualTo("gradients");
        assertThat(row.toJson()).isEqualTo(json);
        assertThatThrownBy(() -> BenchRow.fromJson("{")).hasMessageContaining("not a row");
    }
}
