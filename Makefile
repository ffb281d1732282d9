# Tedi: the commands people and CI use. Each target says what it does; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

STATE ?= $(CURDIR)/.build/demo
BIN = .build/release

# What the fault suite runs: quick, short (every fault, small) or full (an hour).
TEDI_FAULTS ?= short
# For how many minutes the soak alone runs.
SOAK_MINUTES ?= 360
# How many random cases the store is compared with its model in, where not those few of make test.
MODEL_CASES ?= 10000

.PHONY: help setup build demo demo-down test test-faults test-network test-model test-soak formal bench bench-queue bench-model bench-system gallery lint format pack clean

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Install what the build needs (Debian packages, LibTorch) where it is missing.
	@Deploy/setup

build: setup ## Build the executables.
	swift build -c release

demo: build ## The main job: 100 captions become faces; prints where the pictures are.
	@Deploy/demo "$(BIN)" "$(STATE)"

demo-down: ## Stop the private stack that `make demo` started.
	$(BIN)/tedi down --state "$(STATE)"

test: setup ## Build (debug) and run every test (starts its own PostgreSQL and Redis).
	swift build --build-tests
	@# In parts: two cores do not bear the model's numbers and the queue's time-outs side by side. Tests that run in
	@# processes of their own are in the first: who waits for those is kept busy by the zombie of any other child, such
	@# as a killed server, and sees no other end.
	swift test --skip-build --filter '^(Captions|Images|Alignment|Telemetry|Torch|Layers|Checkpoints|Perception|TediGAN|Parity|FaceData|FaceCollections|Training|ModelCommands|Artifacts|Archives)Tests\.'
	swift test --skip-build --filter '^(Jobs|Postgres|Redis|JobStore|JobDispatch|Worker|QueueBench)Tests\.'
	swift test --skip-build --filter '^(Coordinator|TediCommands|Augmentation)Tests\.'
	swift test --skip-build --filter '^SystemTests\.'
	swift test --skip-build --filter '^(Abuse|SystemBench)Tests\.'
	TEDI_FAULTS=quick swift test --skip-build --filter '^FaultTests\.'

test-faults: setup ## Kill, stop, wipe and starve everything, and check that no job is lost or ends twice.
	swift build --build-tests
	TEDI_FAULTS=$(TEDI_FAULTS) swift test --skip-build --filter '^FaultTests\.'

test-network: setup ## The faults between hosts: latency, loss and partitions (as root; network namespaces).
	swift build --build-tests
	TEDI_NETWORK=1 swift test --skip-build --filter '^FaultTests\..*NetworkFaults'

test-model: setup ## The store beside a model of it: MODEL_CASES (10,000) random cases.
	swift build --build-tests
	TEDI_MODEL_CASES=$(MODEL_CASES) swift test --skip-build --filter '^JobStoreTests\.ModelTests'

test-soak: setup ## Hours of short jobs: memory, open files, dead rows and Redis stay flat (SOAK_MINUTES, else six hours).
	swift build --build-tests
	TEDI_SOAK_MINUTES=$(SOAK_MINUTES) swift test --skip-build --filter '^FaultTests\..*soak'

formal: setup ## Check the model of the queue's protocol: it holds, and fails without each safeguard.
	@Formal/check

bench: build ## Figures of the system, as ratios within one run.
	@Deploy/bench/system "$(BIN)" Resources/Packs/demo-64

bench-queue: setup ## Figures of the queue beside other queues on the same servers; BENCH="--quick --only drain" for less.
	@# The benchmark needs no LibTorch, nor do the two programs that it runs.
	swift build -c release --product tedi-coordinator
	swift build -c release --product tedi-queue-bench
	@$(BIN)/tedi-queue-bench run $(BENCH)

bench-model: setup ## Figures of the model core beside the same networks in eager PyTorch; BENCH="--rounds 1" for less.
	swift build -c release --product tedi-model-bench
	@$(BIN)/tedi-model-bench run $(BENCH)

bench-system: setup ## Figures of the whole system as people run it; BENCH="--quick --only throughput" for less.
	@# One build: the figures are of programs that fit each other.
	for program in tedi tedi-coordinator tedi-worker tedi-model tedi-model-bench tedi-system-bench; do \
		swift build -c release --product $$program || exit; done
	@$(BIN)/tedi-system-bench run $(BENCH)

gallery: build ## Make the pictures of Docs/gallery again, with the demo pack through a private stack.
	@Deploy/gallery "$(BIN)" Docs/gallery

lint: ## Check the format and the layers (each target imports only what it declares).
	swift format lint --strict --recursive Sources Tests Migrations Package.swift .ci
	@mkdir -p .build && swiftc -O .ci/check-imports.swift -o .build/check-imports
	swift package dump-package | .build/check-imports
	@.ci/check-imports-sample

format: ## Format the sources in place.
	swift format -i --recursive Sources Tests Migrations Package.swift .ci

pack: build ## Train the demo pack again from nothing but the renderer (hours; resumes where it stopped).
	$(BIN)/tedi-model train --out .build/training/demo-64
	$(BIN)/tedi-model pack add .build/training/demo-64/pack --judge .build/training/demo-64/judge.safetensors \
	  --judge .build/training/demo-64/segmenter.safetensors --out .build/training/demo-64/judged

clean: ## Remove everything that was built, and the demo's state.
	-@test -x $(BIN)/tedi && $(BIN)/tedi down --state "$(STATE)" 2>/dev/null
	rm -rf .build
