// For machines without AVX-512: there the loop of trainer/gru.py runs in torch.
#include <stdexcept>

#include "gru_window.h"

namespace smfosc {

bool gru_window_runs_here() noexcept { return false; }

void gru_window_forward(const GruShape&, const GruForward&) {
  throw std::logic_error("gru_window_forward: not on this machine");
}

void gru_window_backward(const GruShape&, const GruBackward&) {
  throw std::logic_error("gru_window_backward: not on this machine");
}

}  // namespace smfosc
