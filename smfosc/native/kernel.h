// The sample loop's kernel: immutable packed weights of one model, and the step
// that moves a batch of voices one model sample on. Knows nothing of time, ramps,
// events, resampling or audio rates.
//
// Shapes: V voices, P parameters, L layers, H hidden units, Q mu-law levels.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "voice_state.h"

namespace smfosc {

// One GRU layer as torch.nn.GRU stores it: gates in the order r, z, n.
struct GruLayer {
  int inputs = 0;           // 1 + P for the first layer, else H
  int hidden = 0;           // H, the same in every layer
  std::vector<float> w_ih;  // (3H, inputs)
  std::vector<float> w_hh;  // (3H, H)
  std::vector<float> b_ih;  // (3H)
  std::vector<float> b_hh;  // (3H)
};

struct GruWeights {
  int parameters = 0;               // P, 1..16
  int levels = 0;                   // Q, 256..1024
  std::vector<GruLayer> layers;     // L, 1..8
  std::vector<float> out_weight;    // (Q, H)
  std::vector<float> out_bias;      // (Q)
  std::vector<float> decode_table;  // (Q) sample of each level, -1..1, rising
};

class Kernel {
 public:
  // Packs (and quantises) once. Throws std::invalid_argument naming the field, or
  // std::runtime_error when this machine cannot run `isa`. Not on the audio thread.
  static std::shared_ptr<const Kernel> build(const GruWeights& weights, Precision precision,
                                             Isa isa);
  virtual ~Kernel() = default;

  virtual int parameters() const noexcept = 0;
  virtual int levels() const noexcept = 0;
  virtual Precision precision() const noexcept = 0;
  virtual Isa isa() const noexcept = 0;
  virtual std::size_t weight_bytes() const noexcept = 0;
  // Bytes of KernelState::memory, a multiple of 64; 64-byte aligned by the caller.
  virtual std::size_t state_bytes() const noexcept = 0;

  // Loader thread. Takes, beside `memory` (zeroed), what a state needs; may throw.
  virtual void attach(KernelState& state) const { static_cast<void>(state); }
  // Gives it back. Never the audio thread.
  virtual void release(KernelState& state) const noexcept { static_cast<void>(state); }
  // Loader thread. Free run of `samples` at `params` (P, in 0..1).
  virtual void warm_up(KernelState& state, const float* params, std::uint32_t samples) const {
    condition(state, params);
    KernelState* states[] = {&state};
    for (float sample; samples > 0; --samples) generate(states, 1, &sample);
  }

  // Everything below: any thread, one thread per state; allocates nothing, uses
  // about 36 KB of stack at most. n is 1..kMaxBatch.

  // Zero hidden state, the level nearest zero as last sample, counter 0; keeps
  // seed, temperature, floor and what condition() folded.
  virtual void reset(KernelState& state) const noexcept = 0;
  // Folds params (P, in 0..1) into layer 1's input bias. Call once before the
  // first step (memory starts undefined), then whenever one moved.
  virtual void condition(KernelState& state, const float* params) const noexcept = 0;
  // One teacher-forced step of n voices: reads each state's `previous`, moves its
  // hidden state on, writes logits (n, Q). Does not draw or touch `previous`.
  virtual void step(KernelState* const* states, int n, float* logits) const noexcept = 0;
  // step + softmax + draw: sets `previous`, advances `counter`, writes the n
  // samples (-1..1). Bit-identical for a voice whatever n and its neighbours.
  virtual void generate(KernelState* const* states, int n, float* samples) const noexcept = 0;
  // The level that `uniform` in (0, 1) picks from softmax(logits / temperature).
  virtual int draw(const float* logits, float temperature, float pdf_floor,
                   double uniform) const noexcept = 0;
};

// The paths that this machine can run, best first; portable is always among them.
std::vector<Isa> available_isas();
// The best path this machine has, or the one that SMFOSC_ISA names
// (portable, avx2, avx512, neon). Throws when the named one cannot run here.
Isa detect_isa();
const char* name_of(Isa isa) noexcept;
const char* name_of(Precision precision) noexcept;

}  // namespace smfosc
