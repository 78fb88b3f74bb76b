package io.witan.kernels.cuda;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** One pass: three streams and the gradient in, three streams out. */
final class CudaAdamW implements AdamWKernel {
    private static final int THREADS = 256;

    /** Elements of a block (elementwise.cuh). */
    private static final int SPAN = 2048;

    private final KernelCall step;

    CudaAdamW(Device device) {
        step = device.kernel("adamw", "adamw_step");
    }

    @Override
    public void step(State in, MemorySegment gradient, State out, long count, Update update, Written written) {
        Factors f = Factors.of(update);
        Operand.in("adamW gradient", gradient, count);
        Operand.in("adamW parameter in", in.parameter(), count);
        Operand.in("adamW firstMoment in", in.firstMoment(), count);
        Operand.in("adamW secondMoment in", in.secondMoment(), count);
        Operand.out("adamW parameter out", out.parameter(), count);
        Operand.out("adamW firstMoment out", out.firstMoment(), count);
        Operand.out("adamW secondMoment out", out.secondMoment(), count);
        step.with(gradient)
                .with(in.parameter())
                .with(in.firstMoment())
                .with(in.secondMoment())
                .with(out.parameter())
                .with(out.firstMoment())
                .with(out.secondMoment())
                .with(count)
                .with(f.gradientScale())
                .with(f.beta1())
                .with(f.oneMinusBeta1())
                .with(f.beta2())
                .with(f.oneMinusBeta2())
                .with(f.rootCorrection())
                .with(f.epsilon())
                .with(f.decay())
                .with(f.rate())
                .launch((count + SPAN - 1) / SPAN, THREADS);
        written.part(0, count);
    }
}
