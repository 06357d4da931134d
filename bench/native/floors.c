/* What this core can do at best: bytes read again and again, multiply-adds per second.
 * Compiled with -O3 -march=native by bench/kernel.py. Results go through `sink`, so that
 * no loop is optimised away. */
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef float Floats __attribute__((vector_size(64)));
typedef int32_t Ints __attribute__((vector_size(64)));

#if defined(__AVX512VNNI__) || defined(__AVX512BF16__)
#include <immintrin.h>
#endif

volatile int32_t sink;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Seconds to read `bytes` (a multiple of 512, 64-byte aligned) once, of `repeats` times. */
double read_seconds(const char* memory, long bytes, int repeats) {
  Ints sum[8] = {0};
  const double start = now();
  for (int r = 0; r < repeats; ++r)
    for (const char* p = memory; p < memory + bytes; p += 512)
      for (int i = 0; i < 8; ++i) sum[i] += *(const Ints*)(p + 64 * i);
  const double seconds = now() - start;
  for (int i = 1; i < 8; ++i) sum[0] += sum[i];
  sink = sum[0][0];
  return seconds / repeats;
}

/* Twelve independent sums hide the latency of the instruction. Empty asm keeps the compiler
 * from seeing that they are equal, and that each turn does the same. */
#define HIDE(x, y, z) __asm__ volatile("" : "+v"(x), "+v"(y), "+v"(z));
#define THROUGHPUT(name, type, zero, products, statement)          \
  double name(int repeats) {                                       \
    type s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero; \
    type s6 = zero, s7 = zero, s8 = zero, s9 = zero, sa = zero, sb = zero; \
    type a = zero, b = zero;                                       \
    HIDE(s0, s1, s2) HIDE(s3, s4, s5) HIDE(s6, s7, s8) HIDE(s9, sa, sb) \
    const double start = now();                                    \
    for (int r = 0; r < repeats; ++r) {                            \
      __asm__ volatile("" : "+v"(a), "+v"(b));                     \
      statement(s0) statement(s1) statement(s2) statement(s3)      \
      statement(s4) statement(s5) statement(s6) statement(s7)      \
      statement(s8) statement(s9) statement(sa) statement(sb)      \
    }                                                              \
    const double seconds = now() - start;                          \
    type all = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + sa + sb; \
    int32_t word;                                                  \
    memcpy(&word, &all, sizeof word);                              \
    sink = word;                                                   \
    return 12.0 * products * repeats / seconds;                    \
  }
#define UNKNOWN(name) \
  double name(int repeats) { return 0.0 * repeats; }

/* Multiply-adds per second; 0 where this instruction set has no such instruction. */
#if defined(__AVX512F__)
#define FMA(s) s = (Floats)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)s);
THROUGHPUT(float32_per_second, Floats, (Floats){0}, 16, FMA)
#else
UNKNOWN(float32_per_second)
#endif
#if defined(__AVX512BF16__)
#define BF16(s) s = (Floats)_mm512_dpbf16_ps((__m512)s, (__m512bh)a, (__m512bh)b);
THROUGHPUT(bfloat16_per_second, Floats, (Floats){0}, 32, BF16)
#else
UNKNOWN(bfloat16_per_second)
#endif
#if defined(__AVX512VNNI__)
#define VNNI(s) s = (Ints)_mm512_dpbusd_epi32((__m512i)s, (__m512i)a, (__m512i)b);
THROUGHPUT(int8_per_second, Ints, (Ints){0}, 64, VNNI)
#else
UNKNOWN(int8_per_second)
#endif
