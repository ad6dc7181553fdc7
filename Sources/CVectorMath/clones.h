// One function for each instruction set, picked at load time.
#pragma once

// The thread sanitizer instruments the picking too, which runs before its own start.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif
