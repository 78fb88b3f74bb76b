#!/usr/bin/env python3
"""Times what PyTorch has for the shapes of shapes.txt, as bin/witan bench gpu times Witan, and appends JSON lines with the same
keys: side, shape, op, p50_us, least_us, p90_us, calls, flops, bytes; note instead of times where something did not run.

Sides: "torch" (grouped_mm and eager PyTorch, bf16), "torch dense" (one dense product of as many operations, bf16) and "triton" (a
plain grouped kernel, below). What is timed is compared with fp32 products first.
Ends with 9 if a result is wrong, with 77 and the reason as last line if there is no torch or no GPU.
"""

import argparse
import json
import sys
import time

WRONG_RESULT = 9
NOT_EXECUTED = 77
WARM_UP = 3
LEAST_ROUNDS = 7
MOST_ROUNDS = 101
LEAST_BYTES = 512 << 20  # of the operands of all sets together, as in GpuBench
TOP_K = 2

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--shapes", required=True, help="the file of shapes")
parser.add_argument("--json", required=True, help="rows are appended to this file")
parser.add_argument("--seconds", type=float, default=0.2, help="how long an operation is called, about")
parser.add_argument("--allow-cpu", action="store_true", help="run on the CPU where there is no GPU, to try the script")
options = parser.parse_args()

try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(f"python3 has no torch: {error}")
    sys.exit(NOT_EXECUTED)
gpu = torch.cuda.is_available()
if not gpu and not options.allow_cpu:
    print("torch sees no GPU")
    sys.exit(NOT_EXECUTED)
device = "cuda" if gpu else "cpu"
grouped_mm = getattr(torch, "_grouped_mm", None) or getattr(F, "grouped_mm", None)
wrong = False


class WrongResult(Exception):
    pass


def compare(what, found, expected, bound=1e-2):
    """Relative error of all elements; NaN does not pass."""
    expected = expected.float()
    error = ((found.float() - expected).norm() / expected.norm()).item()
    if not error <= bound:
        raise WrongResult(f"{what}: relative error {error:.2e}, allowed {bound:.0e}")


def laps(call, sets, rounds, prepare):
    events = []
    for i in range(rounds):
        if prepare is not None:
            prepare(i % sets)
        if gpu:
            pair = (torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True))
            pair[0].record()
            call(i % sets)
            pair[1].record()
            events.append(pair)
        else:
            begin = time.perf_counter()
            call(i % sets)
            events.append(time.perf_counter() - begin)
    if not gpu:
        return events
    torch.cuda.synchronize()
    return [pair[0].elapsed_time(pair[1]) * 1e-3 for pair in events]


def write(row):
    with open(options.json, "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    if "note" in row:
        print(f"| {row['shape']} | {row['side']} | {row['op']} | {row['note']} | | |", flush=True)
    else:
        rate = f"{row['flops'] / row['p50_us'] * 1e-6:.1f} TFLOP/s" if row["flops"] else f"{row['bytes'] / row['p50_us'] * 1e-3:.0f} GB/s"
        print(f"| {row['shape']} | {row['side']} | {row['op']} | {row['p50_us']:.1f} | {rate} | {row['calls']} |", flush=True)


def timed(side, shape, op, call, check=None, sets=1, flops=0.0, byte_count=0.0, prepare=None):
    """Checks, times and writes one row. What this version of PyTorch refuses becomes a note."""
    global wrong
    row = {"side": side, "shape": shape, "op": op}
    try:
        if check is not None:
            check()
        warm = laps(call, sets, WARM_UP, prepare)[-1]
        rounds = int(max(LEAST_ROUNDS, min(MOST_ROUNDS, options.seconds / max(warm, 1e-9))))
        times = sorted(laps(call, sets, rounds, prepare))
    except WrongResult as error:
        wrong = True
        write(row | {"note": f"wrong: {error}"})
        return
    except Exception as error:
        text = str(error).strip().splitlines() or [type(error).__name__]
        write(row | {"note": f"not executed: {text[0][:200]}"})
        return
    n = len(times)
    median = (times[(n - 1) // 2] + times[n // 2]) / 2
    write(row | {"p50_us": median * 1e6, "least_us": times[0] * 1e6, "p90_us": times[(n - 1) * 9 // 10] * 1e6, "calls": n,
                 "flops": flops, "bytes": byte_count})


def randn(*size, deviation=1.0):
    return torch.randn(*size, device=device, dtype=torch.bfloat16) * deviation


def row_counts(assignments, experts, skew):
    """As Shapes.Experts.offsets."""
    weights = [(e + 1) ** -skew for e in range(experts)]
    total = sum(weights)
    counts = [int(assignments * weight / total) for weight in weights]
    left = assignments - sum(counts)
    return [count + (1 if e < left else 0) for e, count in enumerate(counts)]


def copy(shape, byte_count):
    source = torch.randn(byte_count // 4, device=device)
    target = torch.empty_like(source)
    timed("torch", shape, "copy", lambda _: target.copy_(source), byte_count=2.0 * byte_count)


def square(shape, n):
    x, w = randn(n, n), randn(n, n, deviation=n**-0.5)
    check = lambda: compare("dense product", (x @ w.t())[:32], x[:32].float() @ w.t().float())
    timed("torch", shape, "dense product", lambda _: x @ w.t(), check, flops=2.0 * n**3)


def experts(shape, width, hidden, count, assignments, skew):
    rows = row_counts(assignments, count, skew)
    ends = torch.tensor(rows, device=device).cumsum(0).to(torch.int32)
    set_bytes = 2 * (count * hidden * width + assignments * (width + hidden))
    sets = -(-LEAST_BYTES // set_bytes) if gpu else 2
    x = [randn(assignments, width) for _ in range(sets)]
    dy = [randn(assignments, hidden) for _ in range(sets)]
    w = [randn(count, hidden, width, deviation=width**-0.5) for _ in range(sets)]
    flops = 2.0 * assignments * width * hidden
    largest = rows.index(max(rows))
    begin = sum(rows[:largest])
    part = slice(begin, begin + min(64, rows[largest]))
    x_part, dy_part, w_part = x[0][part].float(), dy[0][part].float(), w[0][largest].float()
    group = slice(begin, begin + rows[largest])

    def forward(i):
        return grouped_mm(x[i], w[i].transpose(-2, -1), offs=ends)

    def input_gradient(i):
        return grouped_mm(dy[i], w[i], offs=ends)

    def weight_gradient(i):
        return grouped_mm(dy[i].t(), x[i], offs=ends)

    def check_weight_gradient():
        expected = dy[0][group, :64].t().float() @ x[0][group].float()
        compare("weight gradient", weight_gradient(0)[largest, :64], expected)

    timed("torch", shape, "forward", forward,
          lambda: compare("forward", forward(0)[part], x_part @ w_part.t()), sets, flops)
    timed("torch", shape, "input gradient", input_gradient,
          lambda: compare("input gradient", input_gradient(0)[part], dy_part @ w_part), sets, flops)
    timed("torch", shape, "weight gradient", weight_gradient, check_weight_gradient, sets, flops)
    timed("torch", shape, "forward and GELU", lambda i: F.gelu(forward(i)),
          lambda: compare("gelu", F.gelu(forward(0))[part], F.gelu(x_part @ w_part.t())), sets, flops)
    up = randn(count, hidden, width, deviation=width**-0.5)

    def swiglu(i):
        return F.silu(forward(i)) * grouped_mm(x[i], up.transpose(-2, -1), offs=ends)

    timed("torch", shape, "forward and SwiGLU", swiglu,
          lambda: compare("swiglu", swiglu(0)[part], F.silu(x_part @ w_part.t()) * (x_part @ up[largest].float().t())),
          sets, 2 * flops)
    timed("torch dense", shape, "forward", lambda i: x[i] @ w[i][0].t(), None, sets, flops)
    timed("torch dense", shape, "input gradient", lambda i: dy[i] @ w[i][0], None, sets, flops)
    timed("torch dense", shape, "weight gradient", lambda i: dy[i].t() @ x[i], None, sets, flops)
    grouped = triton_forward(rows)
    if grouped is not None:
        timed("triton", shape, "forward", lambda i: grouped(x[i], w[i]),
              lambda: compare("triton forward", grouped(x[0], w[0])[part], x_part @ w_part.t()), sets, flops)


def layer(shape, width, hidden, count, tokens):
    """Eager, state in bf16; autograd makes the gradients of input, router and experts."""
    parameters = [
        randn(count, width, deviation=width**-0.5),
        randn(count, hidden, width, deviation=width**-0.5),
        randn(count, hidden, width, deviation=width**-0.5),
        randn(count, width, hidden, deviation=hidden**-0.5),
    ]
    x, d_out = randn(tokens, width), randn(tokens, width)
    leaves = [x, *parameters]
    for leaf in leaves:
        leaf.requires_grad_()
    router, gate, up, down = parameters

    def forward():
        shares, chosen = torch.topk(torch.softmax((x @ router.t()).float(), dim=-1), TOP_K, dim=-1)
        shares = shares / shares.sum(-1, keepdim=True)
        flat = chosen.flatten()
        order = torch.argsort(flat, stable=True)
        counts = torch.zeros(count, device=device, dtype=torch.int32)
        counts.scatter_add_(0, flat, torch.ones_like(flat, dtype=torch.int32))
        ends = counts.cumsum(0).to(torch.int32)
        token = order // TOP_K
        rows = x[token]
        hidden_rows = F.silu(grouped_mm(rows, gate.transpose(-2, -1), offs=ends)) * grouped_mm(
            rows, up.transpose(-2, -1), offs=ends)
        results = grouped_mm(hidden_rows, down.transpose(-2, -1), offs=ends)
        weighted = results * shares.flatten()[order].unsqueeze(1).to(results.dtype)
        return torch.zeros_like(x).index_add(0, token, weighted), shares, chosen

    def prepare(_):
        for leaf in leaves:
            leaf.grad = None

    def check():
        with torch.no_grad():
            out, shares, chosen = forward()
            row = x[0].float()
            expected = torch.zeros_like(row)
            for k in range(TOP_K):
                e = chosen[0, k].item()
                inner = F.silu(gate[e].float() @ row) * (up[e].float() @ row)
                expected += shares[0, k] * (down[e].float() @ inner)
            compare("MoE layer", out[0], expected, 3e-2)

    flops = 18.0 * tokens * TOP_K * width * hidden + 6.0 * tokens * width * count
    timed("torch", shape, "MoE layer, forward and backward", lambda _: forward()[0].backward(d_out), check, 1, flops, prepare=prepare)


def attention(shape, sequences, positions, width, heads):
    q, k, v = (randn(sequences, heads, positions, width // heads).requires_grad_() for _ in range(3))
    d_out = randn(sequences, heads, positions, width // heads)
    products = sequences * positions * (positions + 1) / 2 * width * 2.0

    def forward():
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    def check():
        with torch.no_grad():
            last = q[:1, :1, -1:].float() @ k[:1, :1].float().transpose(-2, -1) * (width // heads) ** -0.5
            compare("attention", forward()[:1, :1, -1:], torch.softmax(last, -1) @ v[:1, :1].float())

    def without_graph(_):
        with torch.no_grad():
            forward()

    timed("torch", shape, "attention", without_graph, check, 1, 2 * products)
    out = forward()
    timed("torch", shape, "attention, backward",
          lambda _: torch.autograd.grad(out, (q, k, v), d_out, retain_graph=True), None, 1, 5 * products)


TILE_ROWS = 128

try:
    import triton
    import triton.language as tl

    @triton.autotune(
        configs=[
            triton.Config({"COLUMNS": 256, "STEP": 64}, num_warps=8, num_stages=3),
            triton.Config({"COLUMNS": 128, "STEP": 64}, num_warps=4, num_stages=4),
        ],
        key=["width", "hidden", "tiles"],
    )
    @triton.jit
    def grouped_forward(x, w, y, tile_group, tile_row, ends, tiles, width, hidden, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
                        STEP: tl.constexpr):
        tile = tl.program_id(0)
        group = tl.load(tile_group + tile)
        end = tl.load(ends + group)
        rows = tl.load(tile_row + tile) + tl.arange(0, ROWS)
        columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
        steps = tl.arange(0, STEP)
        in_rows = (rows < end)[:, None]
        in_columns = columns < hidden
        left = x + rows.to(tl.int64)[:, None] * width + steps[None, :]
        right = w + group.to(tl.int64) * hidden * width + columns.to(tl.int64)[None, :] * width + steps[:, None]
        sums = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
        for begin in range(0, width, STEP):
            inside = begin + steps < width
            a = tl.load(left + begin, mask=in_rows & inside[None, :], other=0.0)
            b = tl.load(right + begin, mask=inside[:, None] & in_columns[None, :], other=0.0)
            sums = tl.dot(a, b, sums)
        to = y + rows.to(tl.int64)[:, None] * hidden + columns[None, :]
        tl.store(to, sums.to(tl.bfloat16), mask=in_rows & in_columns[None, :])

    has_triton = gpu
except Exception as error:
    print(f"no Triton: {error}")
    has_triton = False


def triton_forward(rows):
    """A function of x and w, or None without Triton."""
    if not has_triton:
        return None
    groups, firsts, begin = [], [], 0
    for group, count in enumerate(rows):
        for row in range(begin, begin + count, TILE_ROWS):
            groups.append(group)
            firsts.append(row)
        begin += count
    tile_group = torch.tensor(groups, device=device, dtype=torch.int32)
    tile_row = torch.tensor(firsts, device=device, dtype=torch.int32)
    ends = torch.tensor(rows, device=device).cumsum(0).to(torch.int32)

    def grouped(x, w):
        hidden, width = w.shape[1:]
        y = torch.empty(x.shape[0], hidden, device=device, dtype=torch.bfloat16)
        grid = lambda meta: (len(groups), triton.cdiv(hidden, meta["COLUMNS"]))
        grouped_forward[grid](x, w, y, tile_group, tile_row, ends, len(groups), width, hidden, ROWS=TILE_ROWS)
        return y

    return grouped


def run(line):
    kind, *words = line.split()
    shape = " ".join([kind, *words])
    if kind == "copy":
        copy(shape, int(words[0]))
    elif kind == "square":
        square(shape, int(words[0]))
    elif kind == "experts":
        skew = 0.0 if words[4] == "even" else float(words[4].removeprefix("zipf:"))
        experts(shape, *(int(word) for word in words[:4]), skew)
    elif kind == "layer":
        layer(shape, *(int(word) for word in words))
    elif kind == "attention":
        attention(shape, *(int(word) for word in words))


torch.manual_seed(1)
print(f"torch {torch.__version__} on {torch.cuda.get_device_name() if gpu else 'the CPU'}")
print("\n| shape | side | operation | us | rate | calls |\n|---|---|---|--:|--:|--:|")
with open(options.shapes, encoding="utf-8") as file:
    lines = [line.split("#")[0].strip() for line in file]
for line in filter(None, lines):
    try:
        run(line)
    except Exception as error:
        text = str(error).strip().splitlines() or [type(error).__name__]
        write({"side": "torch", "shape": " ".join(line.split()), "op": "all", "note": f"not executed: {text[0][:200]}"})
    if gpu:
        torch.cuda.empty_cache()
sys.exit(WRONG_RESULT if wrong else 0)
