// A GRU layer over a whole window of a batch, there and back, products in bfloat16.
// trainer/gru.py has the equations and is the same, slow; this is the part of it that must
// wait for the previous step. Weight gradients and the products with the input are left to
// whoever calls: they are large products over the window.
#pragma once
#include <cstddef>
#include <cstdint>

namespace smfosc {

using Bfloat16Bits = std::uint16_t;

// T, B, H; H a multiple of 16. Gates lie in the order r, z, n, 3H wide.
struct GruShape {
  std::size_t frames;
  std::size_t batch;
  std::size_t hidden;
};

// Whether this machine has the instructions (AVX-512 with bfloat16). Else neither of the
// two may be called.
bool gru_window_runs_here() noexcept;

struct GruForward {
  const Bfloat16Bits* x;  // (T, B, 3H), the gates' input part
  const float* weight;    // (3H, H), hidden to hidden
  const float* bias;      // (3H,)
  float* states;          // (T + 1, B, H), the first given
  float* gates;           // (T, B, 3H), written: r, z, n
  float* pulls;           // (T, B, H), written: what r weighs in n, W_n h + b_n
};

struct GruBackward {
  const float* grads;       // (T, B, H), of the states
  const float* weight;      // (3H, H)
  const float* states;      // (T + 1, B, H)
  const float* gates;       // (T, B, 3H)
  const float* pulls;       // (T, B, H)
  Bfloat16Bits* towards_x;  // (T, B, 3H), written: gradient of the gates' input part
  Bfloat16Bits* towards_h;  // (T, B, 3H), written: of their hidden part
};

// Both throw std::bad_alloc only. For any thread but the audio thread.
void gru_window_forward(const GruShape& shape, const GruForward& window);
void gru_window_backward(const GruShape& shape, const GruBackward& window);

}  // namespace smfosc
