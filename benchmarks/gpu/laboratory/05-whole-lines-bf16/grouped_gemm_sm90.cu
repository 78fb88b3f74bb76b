// architectures: 90a
#include "../../../../kernels/src/main/cuda/grouped_gemm_sm90.cu"
