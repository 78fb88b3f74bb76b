/*
 * The rival of `bin/witan bench collectives`: the same lines over MPI, timed and checked the same way, one JSON object a line
 * on stdout.
 *
 *   mpirun -np N mpi_perf MIN MAX FACTOR SECONDS_PER_LINE WARMUP ZIPF TRANSPORT [OP,...]
 *
 * A barrier stands before each timed iteration; the time of an iteration is the longest over ranks; p50, p99 and max are over
 * iterations. "bytes" is what nccl-tests call size. In the v operations part p weighs 1 / (p + 1)^ZIPF, the same on all ranks.
 * Each element is a small whole number made of rank and index, so sums are exact and every bit is compared.
 */
#include <math.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITERATIONS = 4000, LEAST_ITERATIONS = 9, ESTIMATING = 5, ALL_RANKS = -1 };

typedef enum { ALL_GATHER, ALL_GATHERV, REDUCE_SCATTER, REDUCE_SCATTER_COUNTS, ALL_REDUCE, ALL_TO_ALL, ALL_TO_ALLV, OPS } Op;

/* The two reduce-scatters of MPI use different algorithms: equal parts are timed with both, as rows of the same name. */
static const char *const op_names[OPS] = {"all_gather", "all_gatherv", "reduce_scatter", "reduce_scatter",
                                          "all_reduce", "all_to_all",  "all_to_allv"};

typedef struct {
    Op op;
    int in_place;
    long floats; /* size / 4 */
    int *part;   /* floats of each part */
    int *start;  /* first float of each part */
    int *got;    /* all-to-all: floats from each source */
    int *got_at;
    float *send;
    float *recv;
} Line;

static int ranks, rank, warmup;

static void die(const char *why) {
    fprintf(stderr, "mpi_perf: %s\n", why);
    MPI_Abort(MPI_COMM_WORLD, 2);
}

static float value(int source, long index) {
    uint64_t mixed = (uint64_t)index * 0xD1342543DE82EF95u + (uint64_t)(source + 1) * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 32)) * 0xBF58476D1CE4E5B9u;
    return (float)(mixed >> 54);
}

static float expected(int source, long index) {
    if (source != ALL_RANKS) return value(source, index);
    float sum = 0;
    for (int r = 0; r < ranks; r++) sum += value(r, index);
    return sum;
}

static long count_wrong(const float *found, long count, int source, long first) {
    long wrong = 0;
    for (long i = 0; i < count; i++) {
        float want = expected(source, first + i);
        wrong += memcmp(&found[i], &want, sizeof want) != 0;
    }
    return wrong;
}

static void split(Line *line, double zipf) {
    double sum = 0;
    long used = 0;
    for (int p = 0; p < ranks; p++) sum += pow(p + 1.0, -zipf);
    for (int p = 0; p < ranks; p++) {
        line->part[p] = (int)(line->floats * pow(p + 1.0, -zipf) / sum);
        used += line->part[p];
    }
    line->part[0] += (int)(line->floats - used);
    for (int p = 0, at = 0; p < ranks; at += line->part[p++]) line->start[p] = at;
    for (int p = 0; p < ranks; p++) {
        line->got[p] = line->part[rank];
        line->got_at[p] = p * line->part[rank];
    }
}

static void run(const Line *l) {
    const int own = l->part[rank];
    const MPI_Datatype f = MPI_FLOAT;
    const MPI_Comm w = MPI_COMM_WORLD;
    const void *send = l->in_place ? MPI_IN_PLACE : l->send;
    switch (l->op) {
    case ALL_GATHER: MPI_Allgather(send, own, f, l->recv, own, f, w); break;
    case ALL_GATHERV: MPI_Allgatherv(send, own, f, l->recv, l->part, l->start, f, w); break;
    case REDUCE_SCATTER: MPI_Reduce_scatter_block(send, l->recv, own, f, MPI_SUM, w); break;
    case REDUCE_SCATTER_COUNTS: MPI_Reduce_scatter(send, l->recv, l->part, f, MPI_SUM, w); break;
    case ALL_REDUCE: MPI_Allreduce(send, l->recv, (int)l->floats, f, MPI_SUM, w); break;
    case ALL_TO_ALL: MPI_Alltoall(send, own, f, l->recv, own, f, w); break;
    case ALL_TO_ALLV: MPI_Alltoallv(send, l->part, l->start, f, l->recv, l->got, l->got_at, f, w); break;
    case OPS: break;
    }
}

/* What this rank gives: one part in the gathers, all parts in the rest. */
static void fill(const Line *l) {
    int gathers = l->op == ALL_GATHER || l->op == ALL_GATHERV;
    float *input = !l->in_place ? l->send : gathers ? l->recv + l->start[rank] : l->recv;
    long count = gathers ? l->part[rank] : l->floats;
    for (long i = 0; i < count; i++) input[i] = value(rank, i);
}

static long wrong_here(const Line *l) {
    long wrong = 0;
    switch (l->op) {
    case ALL_GATHER:
    case ALL_GATHERV:
        for (int p = 0; p < ranks; p++) wrong += count_wrong(l->recv + l->start[p], l->part[p], p, 0);
        break;
    case REDUCE_SCATTER:
    case REDUCE_SCATTER_COUNTS: wrong = count_wrong(l->recv, l->part[rank], ALL_RANKS, l->start[rank]); break;
    case ALL_REDUCE: wrong = count_wrong(l->recv, l->floats, ALL_RANKS, 0); break;
    case ALL_TO_ALL:
    case ALL_TO_ALLV:
        for (int p = 0; p < ranks; p++) wrong += count_wrong(l->recv + l->got_at[p], l->got[p], p, l->start[rank]);
        break;
    case OPS: break;
    }
    return wrong;
}

static long check(const Line *l, size_t recv_bytes) {
    memset(l->recv, 0xFF, recv_bytes);
    fill(l);
    MPI_Barrier(MPI_COMM_WORLD);
    run(l);
    long here = wrong_here(l), all = 0;
    MPI_Allreduce(&here, &all, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    return all;
}

static void repeat(const Line *l, double *times, int iterations) {
    for (int i = 0; i < iterations; i++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        run(l);
        times[i] = MPI_Wtime() - start;
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_row(const Line *l, const char *transport, double *t, int n, long wrong) {
    double bytes = 4.0 * l->floats, others = (ranks - 1.0) / ranks;
    int p99 = (int)ceil(0.99 * n) - 1;
    qsort(t, n, sizeof *t, ascending);
    double algbw = bytes / t[n / 2] / 1e9;
    printf("{\"op\":\"%s\",\"bytes\":%ld,\"count\":%d,\"ranks\":%d,\"nodes\":1,\"dtype\":\"fp32\",\"in_place\":%s,"
           "\"transport\":\"%s\",\"idle\":\"spin\",\"iters\":%d,\"p50_us\":%.3f,\"p99_us\":%.3f,\"max_us\":%.3f,"
           "\"algbw_gbs\":%.4f,\"busbw_gbs\":%.4f,\"wrong\":%ld}\n",
           op_names[l->op], 4 * l->floats, l->part[rank], ranks, l->in_place ? "true" : "false", transport, n,
           t[n / 2] * 1e6, t[p99] * 1e6, t[n - 1] * 1e6, algbw, algbw * others * (l->op == ALL_REDUCE ? 2 : 1), wrong);
    fflush(stdout);
}

static long measure(Line *l, double seconds, const char *transport, size_t recv_bytes, double *times, double *longest) {
    long wrong = check(l, recv_bytes);
    memset(l->send, 0, 4 * l->floats);
    memset(l->recv, 0, recv_bytes);
    repeat(l, times, warmup);
    double start = MPI_Wtime();
    repeat(l, times, ESTIMATING);
    double fitting = seconds * ESTIMATING / (MPI_Wtime() - start);
    int n = fitting < LEAST_ITERATIONS ? LEAST_ITERATIONS : fitting > MOST_ITERATIONS ? MOST_ITERATIONS : (int)fitting;
    MPI_Bcast(&n, 1, MPI_INT, 0, MPI_COMM_WORLD);
    repeat(l, times, n);
    MPI_Reduce(times, longest, n, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
    wrong += check(l, recv_bytes);
    if (rank == 0) print_row(l, transport, longest, n, wrong);
    return wrong;
}

static int wanted(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; at && (at = strstr(at, name)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return 1;
    return 0;
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (argc < 8) die("usage: mpi_perf MIN MAX FACTOR SECONDS_PER_LINE WARMUP ZIPF TRANSPORT [OP,...]");
    long min = atol(argv[1]), max = atol(argv[2]), factor = atol(argv[3]);
    double seconds = atof(argv[4]), zipf = atof(argv[6]);
    warmup = atoi(argv[5]);
    if (min < 4 || max < min || factor < 2 || seconds <= 0 || warmup < 0 || warmup > MOST_ITERATIONS || zipf < 0)
        die("bad size, factor, time, warm-up or skew");
    Line l = {.part = calloc(ranks, sizeof(int)), .start = calloc(ranks, sizeof(int)),
              .got = calloc(ranks, sizeof(int)), .got_at = calloc(ranks, sizeof(int))};
    size_t room = (size_t)max + 8 * (size_t)ranks;
    double *times = malloc(MOST_ITERATIONS * sizeof *times), *longest = malloc(MOST_ITERATIONS * sizeof *times);
    long wrong = 0;
    if (!l.part || !l.start || !l.got || !l.got_at || !times || !longest) die("out of memory");
    /* A skewed all-to-all gives one rank up to the parts of all. */
    if (posix_memalign((void **)&l.send, 4096, room) || posix_memalign((void **)&l.recv, 4096, room * ranks))
        die("out of memory");
    for (l.op = 0; l.op < OPS; l.op++) {
        if (argc > 8 && !wanted(argv[8], op_names[l.op])) continue;
        long before = -1, parts = l.op == ALL_REDUCE ? 1 : ranks;
        for (long size = min; size <= max; size *= factor) {
            l.floats = size / (4 * parts) * parts;
            if (l.floats == 0) l.floats = parts;
            if (l.floats == before) continue;
            before = l.floats;
            int variable = l.op == ALL_GATHERV || l.op == ALL_TO_ALLV;
            split(&l, variable ? zipf : 0);
            size_t recv_bytes = 4 * (size_t)l.floats;
            if (l.op == ALL_TO_ALLV) recv_bytes = 4 * (size_t)l.part[rank] * ranks;
            /* A skewed all-to-all cannot run in place: what a rank sends to a peer is not what it receives from it. */
            for (l.in_place = 0; l.in_place < (l.op == ALL_TO_ALLV ? 1 : 2); l.in_place++)
                wrong += measure(&l, seconds, argv[7], recv_bytes, times, longest);
        }
    }
    MPI_Finalize();
    return wrong ? 9 : 0;
}
