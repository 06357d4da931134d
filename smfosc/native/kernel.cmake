# The kernel: one source per instruction set, each with its own flags and nothing
# else compiled with them. The dispatcher (kernel.cpp) is built for the base machine.
add_library(smf_kernel STATIC cpu.cpp pack.cpp kernel.cpp)
target_include_directories(smf_kernel PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

# Under sanitizers -O1: five times faster to compile.
set(kernel_optimise -O3)
if(SMFOSC_SANITIZE)
  set(kernel_optimise -O1)
endif()
function(smfosc_instruction_set source)
  target_sources(smf_kernel PRIVATE ${source})
  set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${kernel_optimise};${ARGN}")
endfunction()

smfosc_instruction_set(gru_portable.cpp)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  smfosc_instruction_set(gru_avx2.cpp -mavx2 -mfma)
  smfosc_instruction_set(gru_avx512.cpp ${SMFOSC_AVX512})
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  smfosc_instruction_set(gru_neon.cpp -march=armv8.2-a+dotprod)
endif()
