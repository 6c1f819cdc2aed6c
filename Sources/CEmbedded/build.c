// What the build was told about itself: `make release` defines both, other builds say nothing.
#include "cembedded.h"

#ifndef TOLLBOOK_COMMIT
#define TOLLBOOK_COMMIT ""
#endif
#ifndef TOLLBOOK_SWIFT
#define TOLLBOOK_SWIFT ""
#endif

const char *tollbook_build_commit(void) { return TOLLBOOK_COMMIT; }
const char *tollbook_build_swift(void) { return TOLLBOOK_SWIFT; }
