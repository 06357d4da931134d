// A voice's KernelState with the memory that it needs, and the copy that a reset
// goes back to.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "kernel.h"

namespace smfosc {

class ModelState {
 public:
  ModelState(std::shared_ptr<const Kernel> kernel, std::uint64_t seed);
  ~ModelState();
  ModelState(const ModelState&) = delete;
  ModelState& operator=(const ModelState&) = delete;

  // Loader thread. Free run of `samples` at `params`; what is reached then is the
  // start state.
  void warm_up(const float* params, std::uint32_t samples);

  // Audio thread. Back to the start state; seed and temperature stay.
  void restore() noexcept;

  const Kernel& kernel() const noexcept { return *kernel_; }
  KernelState& state() noexcept { return state_; }
  const KernelState& state() const noexcept { return state_; }

 private:
  struct Release {
    void operator()(std::byte* memory) const noexcept;
  };
  using Memory = std::unique_ptr<std::byte, Release>;
  static Memory take(std::size_t bytes);

  std::shared_ptr<const Kernel> kernel_;
  Memory memory_, start_memory_;
  KernelState state_, start_;
};

}  // namespace smfosc
