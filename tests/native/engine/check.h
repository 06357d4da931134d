// A test is a function whose name is a sentence; a failed check ends the program.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

struct Test {
  const char* name;
  void (*run)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

#define TEST(name)                                                            \
  static void name();                                                         \
  static const bool name##_listed = (tests().push_back({#name, name}), true); \
  static void name()

#define CHECK(condition)                                                           \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                                \
    }                                                                              \
  } while (0)

// Runs the tests whose name contains argv[1], or all.
inline int run_tests(int argc, char** argv) {
  int count = 0;
  for (const Test& test : tests()) {
    if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
    std::printf("%s\n", test.name);
    std::fflush(stdout);
    test.run();
    ++count;
  }
  return count > 0 ? 0 : 1;
}
