#include "cpu.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace smfosc {
namespace {

#if defined(__x86_64__)
// The builtins also ask the operating system whether it keeps the wide registers.
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
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
