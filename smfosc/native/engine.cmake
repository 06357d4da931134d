add_library(smf_engine INTERFACE)
target_include_directories(smf_engine INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
