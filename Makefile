# `make` lists the targets. Every target sets up what it needs first; nothing is downloaded twice.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo build test check-bounds sanitize fuzz-data lint format paper notebooks bench bench-puts bench-networks bench-sweep \
  bench-peers study-accuracy study-halting study-depth-regularizer study-tasks study-tokens test-slurm clean

swift_sources := Sources Tests Package.swift
depth := .build/release/depth
sanitized := DepthNumericsTests|DepthDynamicsTests|DepthStoppingTests|DepthNetworksTests
baseline := Benchmarks/.cache/sundials_baseline

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## run the whole path on real data in a quick version and write a report to open
	$(depth) reproduce --quick --output reproduction
	@echo "The report: $(CURDIR)/reproduction/report.html"

build: ## set up and build the command, .build/release/depth
	scripts/set-up
	swift build -c release --product depth

test: ## set up and run every test
	scripts/set-up
	swift test -c release -Xswiftc -enable-testing --scratch-path .build-test

fuzz-data: ## set up and try a million damaged files on the loaders of data sets
	scripts/set-up
	FUZZ_DATA=1000000 swift test -c release -Xswiftc -enable-testing --scratch-path .build-test --filter LoaderFuzzTests

check-bounds: ## about 2,000 random stopping problems: bounds contain the truth, methods agree (INSTANCES an entry)
	scripts/set-up
	DEPTH_INSTANCES=$(or $(INSTANCES),150) swift test -c release -Xswiftc -enable-testing --scratch-path .build-test \
	  --filter CatalogueWideTests

sanitize: ## run the numerical tests under the address and thread sanitizers, and C under the undefined-behaviour one
	scripts/set-up
	ASAN_OPTIONS=detect_leaks=0 swift test -c release -Xswiftc -enable-testing --sanitize=address \
	  --scratch-path .build-address --filter '$(sanitized)'
	swift test -c release -Xswiftc -enable-testing --sanitize=thread --scratch-path .build-thread --filter '$(sanitized)'
	swift test -c release -Xswiftc -enable-testing -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined \
	  --scratch-path .build-undefined --filter '$(sanitized)'

lint: ## check the format of every Swift file
	swift format lint --strict -r $(swift_sources)

format: ## format every Swift file in place
	swift format -i -r $(swift_sources)

paper: ## set up LaTeX and build the paper from its experiments
	scripts/set-up --paper
	swift build -c release --product depth
	$(depth) paper build

notebooks: build ## execute the notebooks in place, in a Python environment of their own
	scripts/set-up --notebooks
	test -d .venv-notebooks || python3 -m venv .venv-notebooks
	.venv-notebooks/bin/pip install --quiet jupyter matplotlib pandas
	DEPTH="$(CURDIR)/$(depth)" .venv-notebooks/bin/jupyter nbconvert --to notebook --execute --inplace Notebooks/*.ipynb

bench: build bench-peers ## compare with the peers, interleaved in one run: Benchmarks/results.md
	mkdir -p Benchmarks/.cache
	clang -O2 -o $(baseline) Benchmarks/sundials_baseline.c Sources/CVectorMath/*.c -ISources/CVectorMath/include \
	  -lsundials_cvodes -lsundials_arkode -lsundials_nvecserial -lsundials_sunmatrixdense -lsundials_sunlinsoldense \
	  -lsundials_sunnonlinsolfixedpoint -lm
	.venv-peers/bin/python Benchmarks/references.py
	DEPTH="$(CURDIR)/$(depth)" .venv-peers/bin/python Benchmarks/run.py $(BENCH)

bench-puts: build bench-peers ## American puts against QuantLib, interleaved in one run: Benchmarks/puts.md
	DEPTH="$(CURDIR)/$(depth)" .venv-peers/bin/python Benchmarks/puts.py $(BENCH)

bench-networks: build bench-peers ## a training step against PyTorch, interleaved in one run: Benchmarks/networks*.md
	DEPTH="$(CURDIR)/$(depth)" .venv-peers/bin/python Benchmarks/networks.py $(BENCH)
	DEPTH="$(CURDIR)/$(depth)" .venv-peers/bin/python Benchmarks/networks.py --network residual-cnn --steps 10 $(BENCH)

bench-sweep: build ## 10,000 boundaries by depth sweep against bare processes, interleaved: Benchmarks/sweep.md
	mkdir -p Benchmarks/.cache
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/sweep.py $(BENCH)

study-accuracy: build ## test accuracy on digits and Fashion-MNIST, 50 minutes of training: Benchmarks/studies/accuracy.md
	scripts/set-up --notebooks
	$(depth) data fetch fashion-mnist
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/studies.py accuracy

study-halting: build ## every halting rule on Fashion-MNIST: Benchmarks/studies/halting.md
	scripts/set-up --notebooks
	$(depth) data fetch fashion-mnist
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/studies.py halting

study-depth-regularizer: build ## depth at equal accuracy with and without L_depth: Benchmarks/studies/depth-regularizer.md
	scripts/set-up --notebooks
	$(depth) data fetch fashion-mnist
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/studies.py depth-regularizer

study-tasks: build ## tasks of known depth, against chance and the exact optimum: Benchmarks/studies/tasks.md
	scripts/set-up --notebooks
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/studies.py tasks

study-tokens: build ## token-level halting of small transformers on text and pointer chasing: Benchmarks/tokens.md
	scripts/set-up --notebooks
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/tokens.py

bench-peers: ## install the peers, pinned, into a Python environment of their own
	scripts/set-up --notebooks
	test -x .venv-peers/bin/pip || python3 -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check --requirement Benchmarks/requirements.txt

test-slurm: build ## a sweep on a Slurm of two nodes, one of which dies in the middle (needs root for Slurm's daemons)
	scripts/set-up --slurm
	scripts/test-slurm $(depth)

clean: ## remove everything that the other targets made, except the paper
	rm -rf .build .build-test .build-address .build-thread .build-undefined .venv-notebooks .venv-peers Benchmarks/.cache reproduction
