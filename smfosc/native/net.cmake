add_library(smf_net INTERFACE)
target_include_directories(smf_net INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
