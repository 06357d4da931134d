// What the control thread tells the audio thread, and what it hears back.
#pragma once
#include <cstdint>

namespace smfosc {

class Voice;
class Player;

// Shared with engine.Kind; the numbers are part of the Python contract.
enum class Kind : std::uint8_t {
  param,
  gain,
  pan,
  gate,
  note,
  note_off,
  temperature,
  seed,
  reset,
  bus_gain,
  rest,
  add,
  free,
  swap,
  clear,
};

// Slot in the low 16 bits, the slot's occupant number above: an event that was
// meant for a freed voice never reaches the one that took its slot.
using Handle = std::uint32_t;
constexpr std::uint32_t slot_of(Handle handle) { return handle & 0xffffu; }

// Frame of an event that acts at the start of the next block and is never late.
constexpr std::uint64_t kAtOnce = ~std::uint64_t{0};

struct Event {
  std::uint64_t frame = kAtOnce;
  std::uint64_t sequence = 0;  // order of sending; breaks ties of frame
  double value = 0.0;
  std::uint64_t bits = 0;   // seed
  void* payload = nullptr;  // add: Voice*, swap: Player*; owned by control
  Handle voice = 0;
  std::uint32_t index = 0;  // param: parameter, note and note_off: note id
  float ramp_ms = 0.0f;
  std::uint8_t generation = 0;  // model swaps of the voice when this was sent
  Kind kind = Kind::param;
};

enum class NoticeKind : std::uint8_t { late, restarted, freed, swapped, missed };

struct Notice {
  NoticeKind kind = NoticeKind::late;
  Kind event = Kind::param;  // late: which kind was late
  Handle voice = 0;
  std::uint32_t index = 0;
  float ms = 0.0f;  // late: by how much
};

// 20,000 messages/s for 3 s ahead.
constexpr std::uint32_t kMaxEvents = 65536;

}  // namespace smfosc
