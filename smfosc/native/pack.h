// Packing: GruWeights as torch stores them -> the layout of packed.h.
#pragma once
#include <cstddef>
#include <memory>

#include "kernel.h"
#include "packed.h"

namespace smfosc {

struct FreeBytes {
  void operator()(std::byte* bytes) const noexcept;
};

// A packed model and the memory that it points into.
struct Packed {
  PackedModel model = {};
  std::unique_ptr<std::byte, FreeBytes> bytes;
  std::size_t size = 0;
};

// Throws std::invalid_argument naming the field that is wrong.
void check(const GruWeights& weights);
// weights: checked. unsigned_weights: int8 weights are stored + 128.
Packed pack(const GruWeights& weights, Precision precision, bool unsigned_weights);
int activation_bytes(Precision precision) noexcept;

}  // namespace smfosc
