/* The rival that anybody writes first: the same network in plain C, float32. Compiled
 * with -O3 -march=native -ffast-math by bench/rivals.py. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define MAX 1024

typedef struct {
  int layers, hidden, levels, parameters;
  const float* const* w_ih; /* per layer, (3H, inputs) */
  const float* const* w_hh; /* (3H, H) */
  const float* const* b_ih; /* (3H) */
  const float* const* b_hh;
  const float* out_weight; /* (Q, H) */
  const float* out_bias;
  const float* decode; /* (Q) */
} Network;

static void times(const float* w, const float* x, const float* b, int rows, int columns,
                  float* out) {
  for (int r = 0; r < rows; ++r) {
    float sum = b[r];
    for (int k = 0; k < columns; ++k) sum += w[r * columns + k] * x[k];
    out[r] = sum;
  }
}

static void gru(const float* in, const float* past, int hidden, float* h) {
  for (int i = 0; i < hidden; ++i) {
    const float r = 1.0f / (1.0f + expf(-in[i] - past[i]));
    const float z = 1.0f / (1.0f + expf(-in[hidden + i] - past[hidden + i]));
    const float n = tanhf(in[2 * hidden + i] + r * past[2 * hidden + i]);
    h[i] = (1.0f - z) * n + z * h[i];
  }
}

static int draw(const float* logits, int levels, float uniform) {
  float odds[MAX], top = logits[0], total = 0.0f;
  for (int q = 1; q < levels; ++q) top = logits[q] > top ? logits[q] : top;
  for (int q = 0; q < levels; ++q) total += odds[q] = expf(logits[q] - top);
  float left = uniform * total;
  for (int q = 0; q < levels; ++q)
    if ((left -= odds[q]) < 0.0f) return q;
  return levels - 1;
}

/* h: (L, H), moved on; samples: (steps), written. params: (P). */
void run(const Network* n, const float* params, float* h, int steps, uint64_t seed,
         float* samples) {
  float x[MAX], in[3 * MAX], past[3 * MAX], logits[MAX], sample = 0.0f;
  for (int t = 0; t < steps; ++t) {
    x[0] = sample;
    memcpy(x + 1, params, n->parameters * sizeof *x);
    int inputs = 1 + n->parameters;
    for (int l = 0; l < n->layers; ++l) {
      times(n->w_ih[l], x, n->b_ih[l], 3 * n->hidden, inputs, in);
      times(n->w_hh[l], h + l * n->hidden, n->b_hh[l], 3 * n->hidden, n->hidden, past);
      gru(in, past, n->hidden, h + l * n->hidden);
      memcpy(x, h + l * n->hidden, n->hidden * sizeof *x);
      inputs = n->hidden;
    }
    times(n->out_weight, x, n->out_bias, n->levels, n->hidden, logits);
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    sample = samples[t] = n->decode[draw(logits, n->levels, (seed >> 40) * 0x1p-24f)];
  }
}
