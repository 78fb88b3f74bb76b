package io.witan.kernels.cuda;

import io.witan.kernels.LinearKernel;
import io.witan.kernels.cuda.device.Blas;
import io.witan.kernels.cuda.device.Blas.Operation;
import io.witan.kernels.cuda.device.Blas.Product;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** Dense products by a library. A row-major matrix is the library's transposed one, so y = x W^T is asked for as y^T = W x^T. */
final class CublasLinear implements LinearKernel {
    private final Blas blas;
    private final LinearKernel withoutRows;

    /** @param withoutRows takes weight gradients of no rows, for which cuBLAS promises nothing */
    CublasLinear(Blas blas, LinearKernel withoutRows) {
        this.blas = blas;
        this.withoutRows = withoutRows;
    }

    private static void check(int rows, int in, int out) {
        Operand.size("linear rows", rows);
        Operand.size("linear in", in);
        Operand.size("linear out", out);
    }

    @Override
    public void forward(MemorySegment x, MemorySegment w, MemorySegment y, int rows, int in, int out, float beta) {
        check(rows, in, out);
        Operand.in("linear x", x, (long) rows * in);
        Operand.in("linear w", w, (long) out * in);
        Operand.out("linear y", y, (long) rows * out);
        if (rows > 0) {
            Product product = new Product(Operation.TRANSPOSED, Operation.PLAIN, out, rows, in, in, in, out);
            blas.multiply(product, w, x, y, beta);
        }
    }

    @Override
    public void backwardInput(
            MemorySegment dy, MemorySegment w, MemorySegment dx, int rows, int in, int out, float beta) {
        check(rows, in, out);
        Operand.in("linear dy", dy, (long) rows * out);
        Operand.in("linear w", w, (long) out * in);
        Operand.out("linear dx", dx, (long) rows * in);
        if (rows > 0) {
            Product product = new Product(Operation.PLAIN, Operation.PLAIN, in, rows, out, in, out, in);
            blas.multiply(product, w, dy, dx, beta);
        }
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, MemorySegment x, MemorySegment dw, int rows, int in, int out, float beta) {
        check(rows, in, out);
        Operand.in("linear dy", dy, (long) rows * out);
        Operand.in("linear x", x, (long) rows * in);
        Operand.out("linear dw", dw, (long) out * in);
        if (rows > 0) {
            Product product = new Product(Operation.PLAIN, Operation.TRANSPOSED, in, out, rows, in, out, in);
            blas.multiply(product, x, dy, dw, beta);
        } else {
            withoutRows.backwardWeight(dy, x, dw, rows, in, out, beta);
        }
    }
}
