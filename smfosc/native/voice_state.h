// What one voice remembers, and the names of the kernel's variants. Plain data:
// this header is also read by sources compiled for one instruction set, which
// must not emit shared inline functions (the linker would keep one copy of each,
// perhaps one that this machine cannot run).
#pragma once
#include <cstddef>
#include <cstdint>

namespace smfosc {

enum class Precision { float32, bfloat16, int8 };
enum class Isa { portable, avx2, avx512, neon };

constexpr int kMaxBatch = 8;  // voices that generate() takes at once

// All that one voice remembers between two model samples. `memory` is the
// kernel's own layout: Kernel::state_bytes() bytes, 64-byte aligned, owned by the
// caller. A copy of both is a copy of the voice.
struct KernelState {
  float previous = 0.0f;        // last sample, mu-law decoded, -1..1
  float temperature = 1.0f;     // 0.1..2
  float pdf_floor = 0.0f;       // subtracted from each probability (LPCNet: .002)
  std::uint64_t seed = 0;       // key of the counter-based generator
  std::uint64_t counter = 0;    // model samples drawn since reset
  bool patient = false;         // no deadline: a kernel may wait for what others make
  std::byte* memory = nullptr;  // hidden state, its quantised copy, conditioning
};

}  // namespace smfosc
