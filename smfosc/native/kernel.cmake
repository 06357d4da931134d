add_library(smf_kernel INTERFACE)
target_include_directories(smf_kernel INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
