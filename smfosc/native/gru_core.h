// The step of a batch of voices, once for all instruction sets: S has the vectors
// (lanes_math.h), P the products of one precision:
//   P::Acc, P::Weight, P::Act     sums of 16 rows, a unit of weights, a group broadcast
//   P::start(acts)                what a sum starts from (acts: one copy of h)
//   P::load, P::broadcast, P::mac acc + weights * activations, exactly or fused
//   P::to_float(acc)
//   P::kScaled                    sums are int8 products, to be scaled by row
//   P::keep(h, acts)              a block of h -> its activations
//   P::finish(acts, groups)       called when all blocks of a copy are there
//   P::kTile                      voices whose sums fit into the registers
// Lanes are output rows, and a row's sum runs over the groups in order, so that a
// voice's sums do not depend on the other voices of its batch.
#pragma once
#include "lanes_math.h"
#include "rng.h"
#include "sampler.h"

namespace smfosc {

// The pointers of n voices for one layer.
struct LayerView {
  const std::byte* x[kMaxBatch];     // activations from the layer below
  const std::byte* past[kMaxBatch];  // activations of this layer, one sample ago
  std::byte* next[kMaxBatch];        // the same, to be written
  float* h[kMaxBatch];               // this layer's h, float32, moved on in place
  const float* condition[kMaxBatch];
  float sample[kMaxBatch];
  bool backwards;  // the order in which the blocks are read
};

// sums[s][g][v] += over k of unit (k, g) of weights w[s] times group k of acts x[s][v].
template <class P, int Streams, int G, int V>
SMF_INLINE void dot(const std::byte* const* w, const std::byte* const (*x)[V], int groups,
                    typename P::Acc (*sums)[G][V]) {
  SMF_UNROLL
  for (int s = 0; s < Streams; ++s) {
    SMF_UNROLL
    for (int v = 0; v < V; ++v) {
      const typename P::Acc start = P::start(x[s][v], groups);
      SMF_UNROLL
      for (int g = 0; g < G; ++g) sums[s][g][v] = start;
    }
  }
  SMF_UNROLL_TWICE
  for (int k = 0; k < groups; ++k) {
    SMF_UNROLL
    for (int s = 0; s < Streams; ++s) {
      typename P::Weight unit[G];
      SMF_UNROLL
      for (int g = 0; g < G; ++g) unit[g] = P::load(w[s] + (k * G + g) * kUnit);
      SMF_UNROLL
      for (int v = 0; v < V; ++v) {
        const typename P::Act act = P::broadcast(x[s][v] + 4 * k);
        SMF_UNROLL
        for (int g = 0; g < G; ++g) sums[s][g][v] = P::mac(sums[s][g][v], unit[g], act);
      }
    }
  }
}

template <class S, class P>
SMF_INLINE typename S::F scaled(typename P::Acc sum, const float* scale) {
  if constexpr (P::kScaled)
    return S::mul(P::to_float(sum), S::load(scale));
  else
    return P::to_float(sum);
}

template <class P>
constexpr int tile_bytes(int gates, int groups) {
  return gates * groups * kUnit;
}

// Gates of one block of layer 1 for one voice, from its sums.
template <class S, class P>
SMF_INLINE void first_gates(const FirstConstants& c, const LayerView& io, int v, int block,
                            typename P::Acc r, typename P::Acc z, typename P::Acc n) {
  const typename S::F sample = S::set1(io.sample[v]);
  const float* fixed = io.condition[v] + block * kGates * kRows;
  const auto in = [&](int gate) {
    return S::fma(sample, S::load(c.sample[gate]), S::load(fixed + gate * kRows));
  };
  float* h = io.h[v] + block * kRows;
  const auto next = next_hidden<S>(
      S::add(in(0), scaled<S, P>(r, c.scale_h[0])), S::add(in(1), scaled<S, P>(z, c.scale_h[1])),
      in(2), S::add(scaled<S, P>(n, c.scale_h[2]), S::load(c.bias_hn)), S::load(h));
  S::store(h, next);
  P::keep(next, io.next[v] + block * kRows * P::kActBytes);
}

// The same for a higher layer; i: sums over the layer below, h: over its own past.
template <class S, class P>
SMF_INLINE void layer_gates(const LayerConstants& c, const LayerView& io, int v, int block,
                            typename P::Acc ir, typename P::Acc iz, typename P::Acc in,
                            typename P::Acc hr, typename P::Acc hz, typename P::Acc hn) {
  const auto both = [&](int gate, typename P::Acc i, typename P::Acc h) {
    return S::add(S::add(scaled<S, P>(i, c.scale_i[gate]), scaled<S, P>(h, c.scale_h[gate])),
                  S::load(c.bias[gate]));
  };
  float* h = io.h[v] + block * kRows;
  const auto next = next_hidden<S>(
      both(0, ir, hr), both(1, iz, hz), S::add(scaled<S, P>(in, c.scale_i[2]), S::load(c.bias[2])),
      S::add(scaled<S, P>(hn, c.scale_h[2]), S::load(c.bias_hn)), S::load(h));
  S::store(h, next);
  P::keep(next, io.next[v] + block * kRows * P::kActBytes);
}

// `Blocks` neighbouring blocks of layer 1, voices v0 .. v0 + V - 1. Two blocks at
// once keep enough sums in flight when there is one voice.
template <class S, class P, int Blocks, int V>
void first_blocks(const PackedModel& m, const LayerView& io, int block, int v0) {
  const std::byte* w[Blocks];
  const std::byte* x[Blocks][V];
  for (int b = 0; b < Blocks; ++b) {
    w[b] = m.first + (block + b) * m.first_stride;
    for (int v = 0; v < V; ++v) x[b][v] = io.past[v0 + v];
  }
  typename P::Acc sums[Blocks][kGates][V];
  dot<P, Blocks, kGates, V>(w, x, m.groups, sums);
  SMF_UNROLL
  for (int b = 0; b < Blocks; ++b) {
    const auto& c =
        *reinterpret_cast<const FirstConstants*>(w[b] + tile_bytes<P>(kGates, m.groups));
    SMF_UNROLL
    for (int v = 0; v < V; ++v)
      first_gates<S, P>(c, io, v0 + v, block + b, sums[b][0][v], sums[b][1][v], sums[b][2][v]);
  }
}

// The sums of one block of a higher layer: [0] over the layer below, [1] over its own
// past. While their registers last, both products run side by side.
template <class P, int V>
SMF_INLINE void layer_sums(const LayerView& io, const std::byte* tile, int groups, int v0,
                           typename P::Acc (*sums)[kGates][V]) {
  const std::byte* w[2] = {tile, tile + tile_bytes<P>(kGates, groups)};
  const std::byte* x[2][V];
  for (int v = 0; v < V; ++v) {
    x[0][v] = io.x[v0 + v];
    x[1][v] = io.past[v0 + v];
  }
  if constexpr (2 * kGates * V <= P::kSums) {
    dot<P, 2, kGates, V>(w, x, groups, sums);
  } else {
    SMF_UNROLL
    for (int s = 0; s < 2; ++s) dot<P, 1, kGates, V>(&w[s], &x[s], groups, sums + s);
  }
}

// One block of a higher layer, voices v0 .. v0 + V - 1.
template <class S, class P, int V>
void layer_block(const PackedModel& m, const LayerView& io, int layer, int block, int v0) {
  const std::byte* base = m.layer[layer] + block * m.layer_stride;
  typename P::Acc sums[2][kGates][V];
  layer_sums<P, V>(io, base, m.groups, v0, sums);
  const auto& c =
      *reinterpret_cast<const LayerConstants*>(base + 2 * tile_bytes<P>(kGates, m.groups));
  SMF_UNROLL
  for (int v = 0; v < V; ++v) {
    layer_gates<S, P>(c, io, v0 + v, block, sums[0][0][v], sums[0][1][v], sums[0][2][v],
                      sums[1][0][v], sums[1][1][v], sums[1][2][v]);
  }
}

// One tile of 64 logits for V voices; rows of `logits` are `stride` floats apart.
template <class S, class P, int V>
void out_tile(const PackedModel& m, const LayerView& io, int tile, int v0, float* logits,
              int stride) {
  const std::byte* w[1] = {m.out + tile * m.out_stride};
  const std::byte* x[1][V];
  for (int v = 0; v < V; ++v) x[0][v] = io.x[v0 + v];
  typename P::Acc sums[1][kOutBlocks][V];
  dot<P, 1, kOutBlocks, V>(w, x, m.groups, sums);
  const auto& c =
      *reinterpret_cast<const OutConstants*>(w[0] + tile_bytes<P>(kOutBlocks, m.groups));
  SMF_UNROLL
  for (int v = 0; v < V; ++v) {
    float* row = logits + (v0 + v) * stride + tile * kOutRows;
    SMF_UNROLL
    for (int b = 0; b < kOutBlocks; ++b)
      S::store(row + b * kRows,
               S::add(scaled<S, P>(sums[0][b][v], c.scale[b]), S::load(c.bias[b])));
  }
}

// Calls f.template operator()<V>(v0) over the n voices, in parts of nearly equal
// size and at most Tile each (8 voices at Tile = 5: 4 and 4).
template <int Tile, class Function>
SMF_INLINE void by_tiles(int n, Function f) {
  for (int v = 0, parts = (n + Tile - 1) / Tile; parts > 0; --parts) {
    const int size = (n - v + parts - 1) / parts;
    if (size == 1) f.template operator()<1>(v);
    if constexpr (Tile > 1)
      if (size == 2) f.template operator()<2>(v);
    if constexpr (Tile > 2)
      if (size == 3) f.template operator()<3>(v);
    if constexpr (Tile > 3)
      if (size == 4) f.template operator()<4>(v);
    if constexpr (Tile > 4)
      if (size == 5) f.template operator()<5>(v);
    v += size;
  }
}

static inline StateHeader& header_of(KernelState& s) {
  return *reinterpret_cast<StateHeader*>(s.memory);
}

static inline float* hidden_of(const PackedModel& m, KernelState& s, int layer) {
  return reinterpret_cast<float*>(s.memory + sizeof(StateHeader)) +
         static_cast<std::size_t>(layer) * m.width;
}

static inline std::byte* acts_of(const PackedModel& m, KernelState& s, std::uint32_t parity,
                                 int layer) {
  return reinterpret_cast<std::byte*>(hidden_of(m, s, m.layers)) +
         (parity * static_cast<std::size_t>(m.layers) + layer) * act_stride(m);
}

static inline float* condition_of(const PackedModel& m, KernelState& s) {
  return reinterpret_cast<float*>(acts_of(m, s, 2, 0));
}

static inline LayerView view_of(const PackedModel& m, KernelState* const* states, int n,
                                int layer) {
  LayerView io;
  io.backwards = header_of(*states[0]).parity != 0;
  for (int v = 0; v < n; ++v) {
    KernelState& s = *states[v];
    const std::uint32_t now = header_of(s).parity;
    io.x[v] = layer > 0 ? acts_of(m, s, 1 - now, layer - 1) : nullptr;
    io.sample[v] = s.previous;
    io.condition[v] = condition_of(m, s);
    if (layer == m.layers) continue;  // the output layer only reads x
    io.past[v] = acts_of(m, s, now, layer);
    io.next[v] = acts_of(m, s, 1 - now, layer);
    io.h[v] = hidden_of(m, s, layer);
  }
  return io;
}

// Calls f(0) ... f(count - 1), forwards and backwards by turns: the blocks of a layer
// are independent, and those read last in one sample, still cached, come first in
// the next (1 MB again and again on a 1 MB cache: 9.4 us instead of 10.6).
template <class Function>
SMF_INLINE void by_turns(int count, bool backwards, Function f) {
  for (int i = 0; i < count; ++i) f(backwards ? count - 1 - i : i);
}

template <class S, class P>
void first_layer(const PackedModel& m, const LayerView& io, int n) {
  const int pairs = n == 1 ? m.blocks / 2 : 0;
  by_turns(pairs, io.backwards, [&](int pair) { first_blocks<S, P, 2, 1>(m, io, 2 * pair, 0); });
  by_turns(m.blocks - 2 * pairs, io.backwards, [&](int i) {
    by_tiles<P::kTile>(n,
                       [&]<int V>(int v0) { first_blocks<S, P, 1, V>(m, io, 2 * pairs + i, v0); });
  });
}

template <class S, class P>
void higher_layer(const PackedModel& m, const LayerView& io, int layer, int n) {
  by_turns(m.blocks, io.backwards, [&](int block) {
    by_tiles<P::kTile>(n, [&]<int V>(int v0) { layer_block<S, P, V>(m, io, layer, block, v0); });
  });
}

template <class S, class P>
void out_layer(const PackedModel& m, const LayerView& io, int n, float* logits) {
  const int stride = m.out_tiles * kOutRows;
  by_turns(m.out_tiles, io.backwards, [&](int tile) {
    by_tiles<P::kOutTile>(
        n, [&]<int V>(int v0) { out_tile<S, P, V>(m, io, tile, v0, logits, stride); });
  });
}

template <class S, class P>
void step_voices(const PackedModel& m, KernelState* const* states, int n, float* logits) {
  for (int layer = 0; layer < m.layers; ++layer) {
    const LayerView io = view_of(m, states, n, layer);
    if (layer == 0)
      first_layer<S, P>(m, io, n);
    else
      higher_layer<S, P>(m, io, layer, n);
    for (int v = 0; v < n; ++v) P::finish(io.next[v], m.groups);
  }
  out_layer<S, P>(m, view_of(m, states, n, m.layers), n, logits);
  for (int v = 0; v < n; ++v) header_of(*states[v]).parity ^= 1u;
}

// condition = biases + sum over the parameters of their column of W_ih, in order.
template <class S>
void condition_voice(const PackedModel& m, KernelState& state, const float* params) {
  float* out = condition_of(m, state);
  const int rows = m.blocks * kGates * kRows;
  for (int row = 0; row < rows; row += kRows) {
    typename S::F sum = S::load(m.condition + row);
    for (int p = 0; p < m.parameters; ++p)
      sum = S::fma(S::set1(params[p]), S::load(m.condition + (1 + p) * rows + row), sum);
    S::store(out + row, sum);
  }
}

template <class S, class P>
constexpr Ops ops_of() {
  return {condition_voice<S>, step_voices<S, P>, draw_level<S>, P::kUnsignedWeights};
}

}  // namespace smfosc
