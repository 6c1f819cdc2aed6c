# The commands of this repository. `make demo` and `make test` need a Swift toolchain, git and make;
# everything else that they need, they install (see scripts/bootstrap).
SWIFT ?= swift
CHECKED = --explicit-target-dependency-import-check error
RELEASE = $(SWIFT) build -c release --static-swift-stdlib $(CHECKED)

.PHONY: demo release package test golden build check format bench bench-ledger bench-posting conformance compare fuzz chaos harden soak bootstrap

# A month of several tenants' traffic through the real proxy, and its report. ARGS=--keep keeps serving.
demo: build
	.build/release/tollbook demo $(ARGS)

build: bootstrap
	$(RELEASE) --product tollbook

# The binary that is packed: it knows its commit and its compiler.
release: bootstrap
	TOLLBOOK_COMMIT=$$(git rev-parse --short=12 HEAD)$$(git diff --quiet HEAD || echo -dirty) \
	TOLLBOOK_SWIFT=$$($(SWIFT) --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p') \
	$(RELEASE) --product tollbook

# A Debian package, a tarball and their bill of materials in .build/dist.
package: release
	scripts/package

test: bootstrap
	scripts/test

# Writes what commands print now into the golden files; look at the difference before committing it.
golden: bootstrap
	$(SWIFT) build --build-tests
	TOLLBOOK_UPDATE_GOLDEN=1 scripts/with-postgres $(SWIFT) test --skip-build --filter GoldenTests

# What CI runs besides the tests.
check: bootstrap
	$(SWIFT) format lint --strict --recursive Sources Tests Fuzz Package.swift
	$(MAKE) test

format:
	$(SWIFT) format --in-place --recursive Sources Tests Fuzz Package.swift

# Compares `tollbook normalize` with the expectations in the file named by TOLLBOOK_CORPUS, cuts the responses
# into pieces in every way, then sends the same exchanges through `tollbook serve` and compares what client and ledger get.
conformance: build
	$(RELEASE) --product Conformance
	.build/release/Conformance
	.build/release/Conformance --cuts
	[ -z "$$TOLLBOOK_CORPUS" ] || scripts/with-postgres .build/release/Conformance --relay

# Scores genai-prices and LiteLLM (from PyPI) beside Tollbook; the table goes into docs/conformance.md.
compare: build
	scripts/compare-parsers

# CPU, memory and shipper rate beside nginx, in one run.
bench: build
	scripts/bench

# Bytes, reports, explain and verify of a large ledger; EXCHANGES=10000000 MONTHS=1 for more of it.
bench-ledger: build
	$(RELEASE) --product PostBench
	scripts/bench-ledger

# The shipper's rate beside plain COPY and upsert of the same rows; RECORDS=30000.
bench-posting:
	scripts/bench-posting $(RECORDS)

# N times kill -9 under load, ten times as many simulated schedules, every named fault; docs/guarantees.md.
chaos: bootstrap
	scripts/chaos $(N)

# Against the release binary: framing beside nginx and haproxy, eight official SDKs, attacks; docs/hardening.md.
harden: build
	scripts/harden

# Mixed traffic with faults, and a ledger that has all of it: make soak MINUTES=60
soak: build
	scripts/soak $(or $(MINUTES),3)

# Every parser of outside bytes under libFuzzer; ARGS="--runs 1000000 json sse" for some of it.
fuzz: bootstrap
	scripts/fuzz $(ARGS)

bootstrap:
	@scripts/bootstrap
