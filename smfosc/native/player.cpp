#include "player.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace smfosc {

namespace {

constexpr double kWarmUp_s = 0.25;                // several times a GRU's memory at 16 kHz
constexpr double kColdest = 0.1, kHottest = 2.0;  // temperatures, as the address table has it
constexpr double kStuck_s = 0.5;                  // longer than a period of any audible tone by far

// At most ceil(S/R) samples fall due on a frame, a restart's included.
std::size_t most_samples(const Taps& taps) {
  return std::size_t{kMaxPass} * ((taps.down + taps.up - 1) / taps.up) + 2;
}

std::array<int, Parameters::kMost> padded(const std::vector<int>& mapping) {
  std::array<int, Parameters::kMost> all;
  all.fill(-1);
  std::copy_n(mapping.begin(), std::min(mapping.size(), all.size()), all.begin());
  return all;
}

}  // namespace

Player::Player(const PlayerSpec& spec)
    : model_(spec.kernel, spec.seed),
      parameters_(spec.ranges, spec.values),
      resampler_(spec.taps),
      clock_(spec.taps->up, spec.taps->down),
      samplerate_(spec.samplerate),
      mapping_(padded(spec.mapping)),
      made_(most_samples(*spec.taps)),
      unread_(made_.data()),
      stuck_(static_cast<std::uint32_t>(kStuck_s * spec.samplerate)) {
  std::iota(listens_.begin(), listens_.end(), 0);
  model_.warm_up(parameters_.normalized(), static_cast<std::uint32_t>(kWarmUp_s * samplerate_));
}

void Player::begin(std::uint64_t frame) noexcept {
  origin_ = frame;
  clock_.restart(frame);
}

void Player::inherit(const Player& from, const EventHeap& events) noexcept {
  const Outlook outlook = from.foresee(*this, events);
  parameters_.inherit(outlook.parameters, mapping_, samplerate_ / from.samplerate_);
  temperature_ = outlook.temperature;
  temperature_.rescale(samplerate_ / from.samplerate_, kColdest, kHottest);
  state().temperature = static_cast<float>(temperature_.value());
  state().seed = outlook.seed;
  conditioned_ = false;
}

// The other pass over its samples has not been made yet, perhaps on another thread: so
// what the events do to the parameters is gone through here without making a sound.
Player::Outlook Player::foresee(const Player& next, const EventHeap& events) const noexcept {
  Outlook outlook{parameters_, temperature_, model_state().seed};
  SampleClock clock = clock_;
  const auto run_to = [&](std::uint64_t frame) {
    for (; clock.due() < frame; clock.next()) {
      outlook.parameters.advance();
      outlook.temperature.next();
    }
  };
  for (auto at = cursor; at != kNoNode && events[at].event.payload != &next; at = events[at].next) {
    const Event& event = events[at].event;
    run_to(event.frame);
    outlook.act(event, steps_of(event.ramp_ms));
    if (event.kind == Kind::reset) clock.restart(event.frame);
  }
  run_to(next.origin_);
  return outlook;
}

void Player::Outlook::act(const Event& event, std::uint64_t steps) noexcept {
  if (event.kind == Kind::param) parameters.set(event.index, event.value, steps);
  if (event.kind == Kind::temperature) temperature.to(event.value, steps);
  if (event.kind == Kind::seed) seed = event.bits;
  if (event.kind == Kind::reset) {
    parameters.finish_ramps();
    temperature.finish();
  }
}

void Player::resume(std::uint64_t frame) noexcept {
  made_count_ = 0;
  unread_ = made_.data();
  origin_ = frame;
  clock_.restart(frame);
  resampler_.restart();
}

void Player::rest(const EventHeap& events, std::uint64_t end) noexcept {
  for (; cursor != kNoNode; cursor = events[cursor].next) act(events[cursor].event);
  parameters_.finish_ramps();
  temperature_.finish();
  state().temperature = static_cast<float>(temperature_.value());
  conditioned_ = false;
  origin_ = end;
  clock_.restart(end);
}

bool Player::prepare(const EventHeap& events, std::uint64_t end) noexcept {
  while (cursor != kNoNode && events[cursor].event.frame <= clock_.due()) {
    act(events[cursor].event);
    cursor = events[cursor].next;
  }
  if (ended_ || clock_.due() >= end) return false;
  advance();
  return true;
}

void Player::advance() noexcept {
  if (parameters_.advance() || !conditioned_) kernel().condition(state(), parameters_.normalized());
  conditioned_ = true;
  if (temperature_.moving()) state().temperature = static_cast<float>(temperature_.next());
}

void Player::act(const Event& event) noexcept {
  switch (event.kind) {
    case Kind::param:
      if (const int own = event.index < listens_.size() ? listens_[event.index] : -1; own >= 0)
        parameters_.set(static_cast<std::uint32_t>(own), event.value, steps_of(event.ramp_ms));
      break;
    case Kind::temperature:
      temperature_.to(event.value, steps_of(event.ramp_ms));
      break;
    case Kind::seed:
      state().seed = event.bits;
      break;
    case Kind::reset:
      reset(event.frame);
      break;
    case Kind::swap:
      follow_swap(*static_cast<const Player*>(event.payload));
      break;
    default:
      break;
  }
}

void Player::reset(std::uint64_t frame) noexcept {
  ended_ = superseded_;
  restart_model();
  parameters_.finish_ramps();
  temperature_.finish();
  state().temperature = static_cast<float>(temperature_.value());
  // After a missed pass the event may lie before the samples' new origin.
  origin_ = std::max(frame, origin_);
  clock_.restart(origin_);
}

void Player::follow_swap(const Player& next) noexcept {
  std::array<int, Parameters::kMost> listens;
  for (std::size_t i = 0; i < listens.size(); ++i) {
    const int before = next.mapping_[i];
    listens[i] = before >= 0 ? listens_[static_cast<std::size_t>(before)] : -1;
  }
  listens_ = listens;
  superseded_ = true;
}

void Player::restart_model() noexcept {
  model_.restore();
  conditioned_ = false;
  last_ = 0.0f;
  same_ = 0;
}

void Player::take(float sample) noexcept {
  clock_.next();
  same_ = sample == last_ ? same_ + 1 : 0;
  last_ = sample;
  if (!std::isfinite(sample) || same_ >= stuck_) {
    // The counter goes on: the same draws might lead to the same end.
    const std::uint64_t counter = state().counter;
    restart_model();
    state().counter = counter;
    ++restarts_;
    sample = 0.0f;
  }
  made_[made_count_++] = sample;
}

void Player::resample(float* out, std::uint32_t n, bool silent) noexcept {
  const float* nothing = nullptr;
  if (silent) return resampler_.run(nothing, nullptr, out, n);
  resampler_.run(unread_, made_.data() + made_count_, out, n);
}

void Player::end_pass() noexcept {
  made_count_ = 0;
  unread_ = made_.data();
}

}  // namespace smfosc
