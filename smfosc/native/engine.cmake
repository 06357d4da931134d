# The engine: time, voices, events, resampling. Needs the kernel's interface.
find_package(Threads REQUIRED)
add_library(smf_engine STATIC
  clock.cpp engine.cpp model_state.cpp parameters.cpp player.cpp resampler.cpp voice.cpp
  workers.cpp)
target_include_directories(smf_engine PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(smf_engine PUBLIC smf_kernel Threads::Threads)
