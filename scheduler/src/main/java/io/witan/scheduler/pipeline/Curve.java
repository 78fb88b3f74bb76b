package io.witan.scheduler.pipeline;

import io.witan.scheduler.fit.LinearTime;

/** p r + q / r + c over real degrees r: every time and predicate of the paper has this form. */
record Curve(double p, double q, double c) {
    static Curve constant(double c) {
        return new Curve(0, 0, c);
    }

    /** One chunk of a part: alpha + n beta / r. */
    static Curve chunk(MoeWork.Part part) {
        LinearTime time = part.time();
        return new Curve(0, part.size() * time.betaMs(), time.alphaMs());
    }

    /** r times a chunk, which has no term in r itself. */
    Curve timesDegree() {
        return new Curve(c, 0, q);
    }

    /** r - 1 times a chunk. */
    Curve timesDegreeLessOne() {
        return timesDegree().minus(this);
    }

    Curve plus(Curve other) {
        return new Curve(p + other.p, q + other.q, c + other.c);
    }

    Curve minus(Curve other) {
        return plus(other.times(-1));
    }

    Curve times(double factor) {
        return new Curve(p * factor, q * factor, c * factor);
    }

    double at(double degree) {
        return p * degree + q / degree + c;
    }

    /** Where it is 0, and where it is level; NaN for what isn't a real number. */
    double[] turningPoints() {
        double root = Math.sqrt(c * c - 4 * p * q);
        if (p == 0) {
            return new double[] {-q / c};
        }
        return new double[] {(-c - root) / (2 * p), (-c + root) / (2 * p), Math.sqrt(q / p)};
    }
}
