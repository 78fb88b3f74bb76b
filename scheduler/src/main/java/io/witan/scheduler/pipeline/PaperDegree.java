package io.witan.scheduler.pipeline;

import java.util.OptionalDouble;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.InitialGuess;
import org.hipparchus.optim.MaxIter;
import org.hipparchus.optim.nonlinear.scalar.ObjectiveFunction;
import org.hipparchus.optim.nonlinear.vector.constrained.InequalityConstraint;
import org.hipparchus.optim.nonlinear.vector.constrained.SQPOptimizerS;
import org.hipparchus.optim.nonlinear.vector.constrained.TwiceDifferentiableFunction;

/**
 * The degree as the paper finds it (FSMoE, algorithm 1): each closed form minimised over real degrees within its predicates by sequential
 * quadratic programming, the optimum rounded to powers of two up to 8 and checked again, the best of all taken. For comparison;
 * {@link DegreeSearch} is exact and faster.
 */
public final class PaperDegree {
    private static final int LARGEST = 8;
    private static final double SLACK = 1e-5;
    private static final int ITERATIONS = 200;
    private static final int[] STARTS = {1, 2, 4, 8};

    private PaperDegree() {}

    /** @param gradientMs all-reduce placed in the layer, 0 for none */
    public static DegreeChoice best(MoeWork work, double gradientMs) {
        DegreeChoice best = null;
        for (PaperRegion region : PaperRegion.of(work, gradientMs)) {
            for (int start : STARTS) {
                OptionalDouble optimum = minimise(region, start);
                if (optimum.isPresent()) {
                    best = better(best, region, powerBelow(optimum.getAsDouble()));
                    best = better(best, region, powerAbove(optimum.getAsDouble()));
                }
            }
        }
        // The paper's code has no answer where rounding leaves every region; one chunk is always possible.
        return best != null ? best : new DegreeChoice(1, PaperCase.paperMs(work.chunk(1), gradientMs));
    }

    private static DegreeChoice better(DegreeChoice best, PaperRegion region, int degree) {
        if (!region.holds(degree, SLACK)) {
            return best;
        }
        double ms = region.objective().at(degree);
        return best == null || ms < best.ms() ? new DegreeChoice(degree, ms) : best;
    }

    private static int powerBelow(double degree) {
        return Integer.highestOneBit((int) Math.clamp(Math.floor(degree), 1, LARGEST));
    }

    private static int powerAbove(double degree) {
        int whole = (int) Math.clamp(Math.ceil(degree), 1, LARGEST);
        int below = Integer.highestOneBit(whole);
        return below == whole ? whole : 2 * below;
    }

    /** A degree of 1 or more; nothing if the optimiser finds no way into the region. */
    private static OptionalDouble minimise(PaperRegion region, double start) {
        try {
            double degree = new SQPOptimizerS()
                    .optimize(
                            new InitialGuess(new double[] {start}),
                            new ObjectiveFunction(new Objective(region.objective())),
                            new Limits(region),
                            new MaxIter(ITERATIONS))
                    .getX()
                    .getEntry(0);
            return degree >= 1 - SLACK && Double.isFinite(degree) ? OptionalDouble.of(degree) : OptionalDouble.empty();
        } catch (MathRuntimeException infeasible) {
            return OptionalDouble.empty();
        }
    }

    private static final class Objective extends TwiceDifferentiableFunction {
        private final Curve curve;

        Objective(Curve curve) {
            this.curve = curve;
        }

        @Override
        public int dim() {
            return 1;
        }

        @Override
        public double value(RealVector x) {
            return curve.at(x.getEntry(0));
        }

        @Override
        public RealVector gradient(RealVector x) {
            return new ArrayRealVector(new double[] {curve.slopeAt(x.getEntry(0))});
        }

        @Override
        public RealMatrix hessian(RealVector x) {
            return MatrixUtils.createRealDiagonalMatrix(new double[] {curve.bendAt(x.getEntry(0))});
        }
    }

    /** The region's limits, and a degree of at least 1. */
    private static final class Limits extends InequalityConstraint {
        private final PaperRegion region;

        Limits(PaperRegion region) {
            super(new ArrayRealVector(region.limits().size() + 1));
            this.region = region;
        }

        @Override
        public int dim() {
            return 1;
        }

        @Override
        public RealVector value(RealVector x) {
            RealVector values = new ArrayRealVector(dimY());
            for (int i = 0; i < region.limits().size(); i++) {
                values.setEntry(i, region.limits().get(i).at(x.getEntry(0)));
            }
            values.setEntry(region.limits().size(), x.getEntry(0) - 1);
            return values;
        }

        @Override
        public RealMatrix jacobian(RealVector x) {
            RealMatrix slopes = MatrixUtils.createRealMatrix(dimY(), 1);
            for (int i = 0; i < region.limits().size(); i++) {
                slopes.setEntry(i, 0, region.limits().get(i).slopeAt(x.getEntry(0)));
            }
            slopes.setEntry(region.limits().size(), 0, 1);
            return slopes;
        }
    }
}
