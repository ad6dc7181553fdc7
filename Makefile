# `make` lists the targets. Every target sets up what it needs first; nothing is downloaded twice.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo build install uninstall completions man test check-examples check-bounds sanitize fuzz-data lint format \
  paper notebooks test-notebooks python gallery bench bench-puts bench-networks bench-sweep bench-peers study-accuracy study-halting \
  study-depth-regularizer study-tasks study-prediction study-lens study-tokens test-slurm clean

swift_sources := Sources Tests Package.swift
depth := .build/release/depth
sanitized := DepthNumericsTests|DepthDynamicsTests|DepthStoppingTests|DepthNetworksTests
undefined := -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined
completions := .build/completions
manual := .build/plugins/GenerateManual/outputs/depth
PREFIX ?= /usr/local
# where a package is put together; empty for an installation in place
DESTDIR ?=
prefix := $(DESTDIR)$(PREFIX)
baseline := Benchmarks/.cache/sundials_baseline

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## run the whole path on real data in a quick version and write a report to open
	$(depth) reproduce --quick --output reproduction
	@echo "The report: $(CURDIR)/reproduction/report.html"

build: ## set up and build the command, .build/release/depth
	scripts/set-up
	swift build -c release --product depth

completions: build ## what shells need to complete the command's words, into .build/completions
	mkdir -p $(completions)
	$(depth) --generate-completion-script bash > $(completions)/depth
	$(depth) --generate-completion-script zsh > $(completions)/_depth
	$(depth) --generate-completion-script fish > $(completions)/depth.fish

man: build ## a manual page for every command, into .build/plugins/GenerateManual/outputs/depth
	swift package generate-manual --multi-page --date "$$(git log -1 --format=%cs 2>/dev/null || date +%F)"

install: completions man ## the command, its data, completions and manual pages, below PREFIX (/usr/local)
	install -d $(prefix)/bin $(prefix)/lib/optimal-depth $(prefix)/share/man/man1 \
	  $(prefix)/share/bash-completion/completions $(prefix)/share/zsh/site-functions \
	  $(prefix)/share/fish/vendor_completions.d
	install -m 755 $(depth) $(prefix)/lib/optimal-depth/depth
	cp -R $(dir $(depth))OptimalDepth_DepthNetworks.resources $(prefix)/lib/optimal-depth/
	ln -sf ../lib/optimal-depth/depth $(prefix)/bin/depth
	install -m 644 $(manual)/*.1 $(prefix)/share/man/man1/
	install -m 644 $(completions)/depth $(prefix)/share/bash-completion/completions/depth
	install -m 644 $(completions)/_depth $(prefix)/share/zsh/site-functions/_depth
	install -m 644 $(completions)/depth.fish $(prefix)/share/fish/vendor_completions.d/depth.fish

uninstall: ## remove what install put below PREFIX
	rm -rf $(prefix)/lib/optimal-depth
	rm -f $(prefix)/bin/depth $(prefix)/share/man/man1/depth.1 $(prefix)/share/man/man1/depth.*.1 \
	  $(prefix)/share/bash-completion/completions/depth $(prefix)/share/zsh/site-functions/_depth \
	  $(prefix)/share/fish/vendor_completions.d/depth.fish

test: ## set up and run every test
	scripts/set-up
	swift test -c release -Xswiftc -enable-testing --scratch-path .build-test

check-examples: build ## run every example of every command's help in a scratch folder (minutes; EXAMPLES=WORDS some of them)
	scripts/set-up --notebooks
	python3 scripts/check_examples.py $(depth) $(EXAMPLES)

fuzz-data: ## set up and try a million damaged files on the loaders of data sets
	scripts/set-up
	FUZZ_DATA=1000000 swift test -c release -Xswiftc -enable-testing --scratch-path .build-test --filter LoaderFuzzTests

check-bounds: ## about 2,000 random stopping problems: bounds contain the truth, methods agree (INSTANCES an entry)
	scripts/set-up
	DEPTH_INSTANCES=$(or $(INSTANCES),150) swift test -c release -Xswiftc -enable-testing --scratch-path .build-test \
	  --filter CatalogueWideTests

sanitize: ## run the numerical tests under the address and thread sanitizers, C under the undefined-behaviour one with both
	scripts/set-up
	DEPTH_SANITIZED=1 ASAN_OPTIONS=detect_leaks=0 swift test -c release -Xswiftc -enable-testing --sanitize=address $(undefined) \
	  --scratch-path .build-address --filter '$(sanitized)'
	DEPTH_SANITIZED=1 swift test -c release -Xswiftc -enable-testing --sanitize=thread $(undefined) --scratch-path .build-thread \
	  --filter '$(sanitized)'

lint: ## check the format of every Swift file
	swift format lint --strict -r $(swift_sources)

format: ## format every Swift file in place
	swift format -i -r $(swift_sources)

paper: ## set up LaTeX and build the paper from its experiments
	scripts/set-up --paper
	swift build -c release --product depth
	$(depth) paper build

python: ## the notebooks' Python environment
	scripts/set-up --notebooks
	test -d .venv-notebooks || python3 -m venv .venv-notebooks
	.venv-notebooks/bin/pip install --quiet --disable-pip-version-check jupyter matplotlib pandas xarray netCDF4

test-notebooks: build python ## the tests of Notebooks/optimal_depth.py
	DEPTH="$(CURDIR)/$(depth)" .venv-notebooks/bin/python -W error::DeprecationWarning -m unittest discover -s Notebooks/tests

gallery: build ## compute and draw the standard figures, with a page of their commands: gallery/index.html
	$(depth) figures --gallery gallery

notebooks: build python ## execute the notebooks in place, in a Python environment of their own
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

study-prediction: build ## halting predicted with no fitted threshold, and its certificate: Benchmarks/studies/prediction.md
	scripts/set-up --notebooks
	$(depth) data fetch fashion-mnist
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/studies.py prediction

study-lens: build ## neural collapse in networks of depth 2 to 64, and where they halt: Benchmarks/studies/lens.md
	scripts/set-up --notebooks
	$(depth) data fetch fashion-mnist
	DEPTH="$(CURDIR)/$(depth)" python3 Benchmarks/studies.py lens

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
	rm -rf .build .build-test .build-address .build-thread .venv-notebooks .venv-peers Benchmarks/.cache reproduction
