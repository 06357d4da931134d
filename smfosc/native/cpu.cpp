#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace smfosc {
namespace {

#if defined(__x86_64__)
// Asked of the processor itself: not every compiler's library fills what
// __builtin_cpu_supports reads (zig's leaves it empty).
// Source: Intel SDM, volume 2A, CPUID; volume 1, 14.3 and 15.2 on XCR0.
struct Leaf {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Leaf leaf(unsigned number, unsigned part) {
  Leaf found;
  if (!__get_cpuid_count(number, part, &found.a, &found.b, &found.c, &found.d)) return {};
  return found;
}

constexpr bool all(unsigned bits, unsigned wanted) { return (bits & wanted) == wanted; }
constexpr unsigned bit(int n) { return 1u << n; }

constexpr unsigned kYmm = bit(1) | bit(2);                  // XCR0: SSE, AVX state
constexpr unsigned kZmm = kYmm | bit(5) | bit(6) | bit(7);  // opmask, ZMM state

// Whether the operating system keeps these registers.
bool keeps(unsigned registers) {
  if (!all(leaf(1, 0).c, bit(27))) return false;  // OSXSAVE: xgetbv may be asked
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return all(low, registers);
}

bool has_avx2() {
  return keeps(kYmm) && all(leaf(1, 0).c, bit(12) | bit(28)) &&  // FMA, AVX
         all(leaf(7, 0).b, bit(5));
}
bool has_avx512() {
  const Leaf seven = leaf(7, 0);
  return has_avx2() && keeps(kZmm) &&
         all(seven.b, bit(16) | bit(17) | bit(30) | bit(31)) &&  // F, DQ, BW, VL
         all(seven.c, bit(11)) && all(leaf(7, 1).a, bit(5));     // VNNI, BF16
}
bool has_neon() { return false; }
#elif defined(__aarch64__)
bool has_avx2() { return false; }
bool has_avx512() { return false; }
bool has_neon() {
#if defined(__linux__)
  constexpr unsigned long kDotProduct = 1ul << 20;  // HWCAP_ASIMDDP
  return (getauxval(AT_HWCAP) & kDotProduct) != 0;
#else
  return true;  // every Apple Silicon has the dot product
#endif
}
#else
bool has_avx2() { return false; }
bool has_avx512() { return false; }
bool has_neon() { return false; }
#endif

}  // namespace

bool runs_here(Isa isa) noexcept {
  switch (isa) {
    case Isa::avx2:
      return has_avx2();
    case Isa::avx512:
      return has_avx512();
    case Isa::neon:
      return has_neon();
    default:
      return true;
  }
}

}  // namespace smfosc
