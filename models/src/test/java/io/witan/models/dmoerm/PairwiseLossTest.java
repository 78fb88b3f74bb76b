package io.witan.models.dmoerm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.dmoerm.data.Winner;
import org.junit.jupiter.api.Test;

class PairwiseLossTest {
    private static final Winner[] WINNERS = {Winner.FIRST, Winner.SECOND, Winner.TIE, Winner.FIRST, Winner.UNKNOWN};
    private static final double[] DIFFERENCES = {0.7, 0.2, 3, -1.5, 2};
    private static final double STEP = 1e-6;

    @Test
    void shouldBeTheNegativeLogLikelihoodOfTheWinners() {
        double expected = -Math.log(sigmoid(0.7)) - Math.log(sigmoid(-0.2)) - Math.log(sigmoid(-1.5));
        assertThat(PairwiseLoss.of(DIFFERENCES, WINNERS).sum()).isCloseTo(expected, within(1e-12));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void slopesShouldBeThoseOfTheSum() {
        double[] slopes = PairwiseLoss.of(DIFFERENCES, WINNERS).slopes();
        for (int i = 0; i < DIFFERENCES.length; i++) {
            double[] up = DIFFERENCES.clone();
            double[] down = DIFFERENCES.clone();
            up[i] += STEP;
            down[i] -= STEP;
            double slope = (PairwiseLoss.of(up, WINNERS).sum()
                            - PairwiseLoss.of(down, WINNERS).sum())
                    / (2 * STEP);
            assertThat(slopes[i]).as("pair %d", i).isCloseTo(slope, within(1e-8));
        }
    }

    /** A step against the slope makes the winner's reward larger: what accuracy counts as right. */
    @Test
    void lossAndAccuracyShouldAgreeOnWhatIsBetter() {
        double[] slopes = PairwiseLoss.of(DIFFERENCES, WINNERS).slopes();
        for (int i = 0; i < slopes.length; i++) {
            if (WINNERS[i].isDecided()) {
                assertThat(WINNERS[i].margin(-slopes[i])).as("pair %d", i).isPositive();
            } else {
                assertThat(slopes[i]).isZero();
            }
        }
    }

    @Test
    void farRewardsShouldStayFinite() {
        PairwiseLoss loss = PairwiseLoss.of(new double[] {-1e4, 1e4}, new Winner[] {Winner.FIRST, Winner.FIRST});
        assertThat(loss.sum()).isCloseTo(1e4, within(1e-9));
        assertThat(loss.slopes()).containsExactly(-1, -0.0);
    }
}
