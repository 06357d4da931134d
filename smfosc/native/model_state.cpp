#include "model_state.h"

#include <cstring>
#include <new>
#include <utility>

#include "denormals.h"

namespace smfosc {

constexpr std::align_val_t kAlignment{64};  // Kernel::state_bytes

void ModelState::Release::operator()(std::byte* memory) const noexcept {
  ::operator delete(memory, kAlignment);
}

ModelState::Memory ModelState::take(std::size_t bytes) {
  auto* memory = static_cast<std::byte*>(::operator new(bytes, kAlignment));
  std::memset(memory, 0, bytes);
  return Memory(memory);
}

ModelState::ModelState(std::shared_ptr<const Kernel> kernel, std::uint64_t seed)
    : kernel_(std::move(kernel)),
      memory_(take(kernel_->state_bytes())),
      start_memory_(take(kernel_->state_bytes())) {
  state_.memory = memory_.get();
  state_.seed = seed;
  kernel_->attach(state_);
  kernel_->reset(state_);
  start_ = state_;
  std::memcpy(start_memory_.get(), memory_.get(), kernel_->state_bytes());
}

ModelState::~ModelState() { kernel_->release(state_); }

void ModelState::warm_up(const float* params, std::uint32_t samples) {
  const FlushDenormals flush;
  kernel_->warm_up(state_, params, samples);
  start_ = state_;
  std::memcpy(start_memory_.get(), memory_.get(), kernel_->state_bytes());
}

void ModelState::restore() noexcept {
  std::memcpy(memory_.get(), start_memory_.get(), kernel_->state_bytes());
  state_.previous = start_.previous;
  state_.counter = start_.counter;
}

}  // namespace smfosc
