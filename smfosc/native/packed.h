// The packed model that every instruction set reads, and the functions that each
// one supplies. Plain data, for the reason that voice_state.h gives.
//
// One layout serves all precisions and instruction sets, because of two constants:
// a vector holds kRows = 16 output rows, and one step of a product takes a group of
// 4 bytes of activations (1 float32, 2 bfloat16 or 4 int8). So 16 rows x 1 group of
// weights is always kUnit = 64 bytes: one cache line, one AVX-512 register.
//
// A block is what 16 hidden units need: a tile of the 3 gates' units for each
// product, then the block's constants. Weights lie in the order in which they are
// read, so that a step streams through memory once:
//   layer 1:  [ hh: groups x (r z n) units | constants ]         x blocks
//   layer 2+: [ ih: ... | hh: ... | constants ]                  x blocks
//   output:   [ groups x kOutBlocks units | constants ]          x tiles of 64 levels
#pragma once
#include "voice_state.h"

namespace smfosc {

constexpr int kRows = 16;
constexpr int kUnit = 64;
constexpr int kGates = 3;
constexpr int kOutBlocks = 4;  // vectors of levels in an output tile
constexpr int kOutRows = kOutBlocks * kRows;
constexpr int kMaxLayers = 8;
constexpr int kMaxWidth = 1024;
constexpr int kMaxLevels = 1024;
constexpr int kMaxParameters = 16;

// Constants of a block, each kRows floats. The scales turn int8 sums into floats.
struct FirstConstants {
  float scale_h[kGates][kRows];
  float sample[kGates][kRows];  // the previous sample's column of W_ih
  float bias_hn[kRows];         // the other biases are in the conditioning
};
struct LayerConstants {
  float scale_i[kGates][kRows];
  float scale_h[kGates][kRows];
  float bias[kGates][kRows];  // b_ih + b_hh for r and z, b_in for n
  float bias_hn[kRows];
};
struct OutConstants {
  float scale[kOutBlocks][kRows];
  float bias[kOutBlocks][kRows];
};

struct PackedModel {
  int parameters, levels, layers;
  int width;      // H rounded up to kRows
  int groups;     // groups of activations in a row of `width`
  int blocks;     // width / kRows
  int out_tiles;  // levels / kOutRows, rounded up
  int silence;    // level nearest zero
  const std::byte* first;
  const std::byte* layer[kMaxLayers];  // [0] unused
  const std::byte* out;
  std::size_t first_stride, layer_stride, out_stride;  // bytes from block to block
  const float* condition;  // (1 + P, blocks, kGates, kRows): biases, then columns
  const float* decode;     // (levels)
};

// KernelState::memory: this header, then h (L, width) float32, then the products'
// copies of h (2, L, act_stride bytes), then the conditioning (blocks, kGates, kRows).
struct StateHeader {
  std::uint32_t parity;  // which of the two copies is the present one
  std::uint32_t unused[15];
};
static_assert(sizeof(StateHeader) == kUnit);

// A copy of h: its groups, and one unit for what the instruction set adds (the sum).
static inline std::size_t act_stride(const PackedModel& m) {
  return (static_cast<std::size_t>(m.groups) * 4 + kUnit - 1) / kUnit * kUnit + kUnit;
}

// What an instruction set supplies for one precision. Logits rows are
// out_tiles * kOutRows floats apart, 64-byte aligned.
struct Ops {
  void (*condition)(const PackedModel&, KernelState&, const float* params);
  void (*step)(const PackedModel&, KernelState* const*, int n, float* logits);
  int (*draw)(const PackedModel&, const float* logits, float temperature, float pdf_floor,
              double uniform);
  bool unsigned_weights;  // int8 weights are stored + 128
};

const Ops& portable_ops(Precision precision);
const Ops& avx2_ops(Precision precision);
const Ops& avx512_ops(Precision precision);
const Ops& neon_ops(Precision precision);

}  // namespace smfosc
