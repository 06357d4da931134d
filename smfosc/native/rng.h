// Philox4x32-10: a counter-based generator. The same key and counter give the same
// numbers on every machine, and a voice can be restarted or split anywhere.
// Source: Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3
// (SC 2011), section 3.3 and table 2.
#pragma once
#include <cstdint>

namespace smfosc {

struct Philox {
  std::uint32_t word[4];
};

// One round: two 32 x 32 -> 64 bit products, their halves crossed over and keyed.
static inline Philox philox_round(Philox c, std::uint32_t k0, std::uint32_t k1) {
  const std::uint64_t a = 0xD2511F53ull * c.word[0];
  const std::uint64_t b = 0xCD9E8D57ull * c.word[2];
  return {{static_cast<std::uint32_t>(b >> 32) ^ c.word[1] ^ k0, static_cast<std::uint32_t>(b),
           static_cast<std::uint32_t>(a >> 32) ^ c.word[3] ^ k1, static_cast<std::uint32_t>(a)}};
}

static inline Philox philox4x32(Philox counter, std::uint64_t key) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key);
  std::uint32_t k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    counter = philox_round(counter, k0, k1);
    k0 += 0x9E3779B9u;  // golden ratio
    k1 += 0xBB67AE85u;  // sqrt(3) - 1
  }
  return counter;
}

// The uniform in (0, 1) that model sample `counter` of a voice with `seed` draws with:
// the middle of one of 2^52 equal parts, from the first two words. Never 0, which
// would pick the lowest level however improbable.
static inline double uniform_of(std::uint64_t seed, std::uint64_t counter) {
  const Philox start = {
      {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 0u, 0u}};
  const Philox drawn = philox4x32(start, seed);
  const std::uint64_t bits = (static_cast<std::uint64_t>(drawn.word[1]) << 32) | drawn.word[0];
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

}  // namespace smfosc
