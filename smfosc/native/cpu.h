// What this machine can run.
#pragma once
#include "voice_state.h"

namespace smfosc {

bool runs_here(Isa isa) noexcept;

}  // namespace smfosc
