# The kernel: one source per instruction set, each with its own flags and nothing
# else compiled with them. The dispatcher (kernel.cpp) is built for the base machine.
add_library(smf_kernel STATIC cpu.cpp pack.cpp kernel.cpp gru_portable.cpp)
target_include_directories(smf_kernel PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

# -fno-math-errno, -fno-trapping-math: no result changes; loops over lanes vectorise.
set_source_files_properties(gru_portable.cpp PROPERTIES COMPILE_OPTIONS
  "-O3;-fno-math-errno;-fno-trapping-math")

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  target_sources(smf_kernel PRIVATE gru_avx2.cpp gru_avx512.cpp)
  set_source_files_properties(gru_avx2.cpp PROPERTIES COMPILE_OPTIONS "-O3;-mavx2;-mfma")
  # GCC's own headers read undefined vectors on purpose and warn of it (gcc bug 105593).
  set_source_files_properties(gru_avx512.cpp PROPERTIES COMPILE_OPTIONS
    "-O3;-mavx2;-mfma;-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512vnni;-mavx512bf16;$<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized;-Wno-maybe-uninitialized>")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  target_sources(smf_kernel PRIVATE gru_neon.cpp)
  set_source_files_properties(gru_neon.cpp PROPERTIES COMPILE_OPTIONS
    "-O3;-march=armv8.2-a+dotprod")
endif()
