# `make help` lists what there is to do. Needs Python 3.11 or later, git and make; the rest is installed into .venv.

PORT ?= 8000

BIN := .venv/bin
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --only-binary :all: --require-hashes
MATRIX := 3.12-django60 3.13-django61

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint bench matrix django-suite fuzz soak lock clean native javascript programs chromium node

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run.lock native ## Start the demonstration site; PORT=8123 make run takes another port
	@$(BIN)/python -c "$$PORT_IS_FREE" "$(PORT)"
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py load_sample_data --verbosity 0
	@$(BIN)/python -c "$$SAY_WHEN_OPEN" $(PORT) & exec $(BIN)/daphne -v 0 -b 127.0.0.1 -p $(PORT) config.asgi:application

test: .venv/.test.lock native programs ## Run every check and every test, those in the browser too
	@failed=0; \
	$(MAKE) -s lint || failed=1; \
	echo "node --test"; $(MAKE) -s javascript || failed=1; \
	[ $$failed = 0 ] || echo "A check above failed; the tests run all the same."; \
	browser=$$(mktemp); $(BIN)/python -m pytest -m browser >"$$browser" 2>&1 & pid=$$!; \
	$(BIN)/python -m pytest -m "not browser" || failed=1; \
	echo "without what is compiled"; VISUALIZER_NATIVE=0 $(BIN)/python -m pytest $(WITHOUT_NATIVE) || failed=1; \
	wait $$pid || failed=1; echo "in the browser"; cat "$$browser"; rm -f "$$browser"; \
	exit $$failed

# What the compiled part does is done in Python too, where nothing can be compiled.
WITHOUT_NATIVE := tests/probes tests/laws tests/test_oracle.py tests/test_recorder.py tests/test_snapshots.py -m "not slow and not browser"

native: .venv/.made
	@$(BIN)/python -m visualizer.native.build

# The long report only where something failed: pytest's is the one to read.
javascript: node
	@report=$$(find tests/frontend -name '*.test.*js' | sort | xargs -r node --test --test-reporter=spec 2>&1) || \
	{ printf '%s\n' "$$report"; exit 1; }; \
	printf '%s\n' "$$report" | sed -n 's/^ℹ tests /tests: /p'

lint: .venv/.test.lock ## Check style, formatting and types
	@failed=0; \
	echo "ruff check"; $(BIN)/ruff check --quiet --output-format concise . || failed=1; \
	echo "ruff format --check"; $(BIN)/ruff format --quiet --check --output-format concise . || failed=1; \
	echo "mypy"; $(BIN)/mypy --no-error-summary || failed=1; \
	exit $$failed

bench: .venv/.bench.lock native chromium ## Measure what recording costs beside other tools; ARGS=--help lists its options
	@$(BIN)/python -m tests.bench $(ARGS)

django-suite: .venv/.test.lock native ## Run Django's own tests with the app and without, and compare; ARGS="cache async" takes other labels
	@$(BIN)/python -m tests.django_suite $(ARGS)

fuzz: .venv/.test.lock native ## Send random input and look for what escapes; FUZZ_ROUNDS=1000 takes longer, FUZZ_SEED=7 repeats one
	@FUZZ_ROUNDS=$${FUZZ_ROUNDS:-200} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} $(BIN)/python -m pytest -q --timeout=0 tests/laws/test_fuzz.py

soak: .venv/.test.lock native chromium ## Wear the page out in a browser: random moves, 10,000 queries, 500 requests; MINUTES=2 is shorter
	@$(BIN)/python -m tests.soak --minutes $${MINUTES:-10} $(ARGS)

matrix: $(MATRIX:%=matrix-%) ## Run the tests without a browser on other Pythons and Djangos

lock: .venv/.made ## Write the locks in requirements/ anew, from the newest releases
	@command -v uv >/dev/null || $(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install -qq uv
	@cd requirements && PATH="$$PATH:../$(BIN)" && \
	compile() { uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links "$$@"; } && \
	compile --python-version 3.11 -c django52.in run.in -o run.txt && \
	compile --python-version 3.11 -c django52.in -c run.txt bench.in -o bench.txt && \
	compile --python-version 3.11 -c django52.in -c bench.txt test.in -o test.txt && \
	compile --python-version 3.12 -c django60.in test.in -o django60.txt && \
	compile --python-version 3.12 -c django61.in test.in -o django61.txt
	@grep '^django==' requirements/*.txt | tr -d ' \\'

clean: ## Remove what the commands above made, the sample data too
	@rm -rf .venv .venv-matrix .django-suite .mypy_cache .pytest_cache .ruff_cache dist build db.sqlite3 visualizer/native/*.so
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A copy of the lock stands beside what was installed from it: a new checkout with the same lock installs nothing.
.venv/.%.lock: requirements/%.txt | .venv/.made
	@cmp -s $< $@ || { echo "Installing the locked packages of $< into .venv ..."; $(BIN)/python $(PIP_INSTALL) -r $<; }
	@cp $< $@

# Not .venv/bin/python, which is there before pip is: an interrupted start begins anew.
.venv/.made:
	@rm -rf .venv; \
	for python in python3.11 python3.12 python3.13 python3 python; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$$python -m venv .venv && touch $@ && exit 0; \
		rm -rf .venv; echo "$$python has no working venv module; on Debian: apt-get install python3-venv" >&2; exit 1; \
	done; \
	echo "No Python 3.11 or later found: tried python3.11, python3.12, python3.13, python3 and python." >&2; exit 1

matrix-%: programs
	@set -e; version=$(firstword $(subst -, ,$*)); lock=requirements/$(lastword $(subst -, ,$*)).txt; venv=.venv-matrix/$*; \
	for python in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python none; do \
		$$python -c '' 2>/dev/null && break || :; \
	done; \
	[ "$$python" != none ] || { echo "$*: left out, there is no Python $$version here"; exit 0; }; \
	[ -x $$venv/bin/python ] || $$python -m venv $$venv; \
	cmp -s $$lock $$venv/.lock || { $$venv/bin/python $(PIP_INSTALL) -r $$lock; cp $$lock $$venv/.lock; }; \
	$$venv/bin/python -m visualizer.native.build; \
	echo "$*"; $$venv/bin/python -m pytest -q -m "not browser"

# $(call install,command[,another]=package ...): in one go, the packages of those commands of which none is here.
define install
	@PATH="$$PATH:/usr/sbin:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)"; \
	missing() { \
		for need in $(1); do \
			for command in $$(echo "$${need%=*}" | tr , ' '); do command -v $$command >/dev/null && continue 2; done; \
			printf '%s ' "$${need#*=}"; \
		done; \
	}; \
	packages=$$(missing); [ -n "$$packages" ] || exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	if command -v apt-get >/dev/null; then \
		echo "Installing $${packages}with apt-get ..."; \
		{ $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$packages; } >/dev/null 2>&1; \
	fi; \
	packages=$$(missing); [ -z "$$packages" ] || { \
		echo "Not installed, and the tests need it: $$packages(names of Debian's packages). Put their commands on PATH." >&2; exit 1; \
	}
endef

CHROMIUM_HERE := chromium,chromium-browser,google-chrome=chromium

programs:
	$(call install,$(CHROMIUM_HERE) node=nodejs nginx=nginx redis-server=redis-server initdb=postgresql)

chromium:
	$(call install,$(CHROMIUM_HERE))

node:
	$(call install,node=nodejs)

define PORT_IS_FREE
import socket, sys
given = sys.argv[1]
if not given.isdigit() or not 0 < int(given) < 65536:
    sys.exit(f"PORT must be a number from 1 to 65535, not {given!r}.")
probe = socket.socket()
probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    probe.bind(("127.0.0.1", int(given)))
except OSError as error:
    sys.exit(f"Port {given} of 127.0.0.1 cannot be had ({error.strerror}). Take another: PORT={int(given) + 1} make run")
endef
export PORT_IS_FREE

define SAY_WHEN_OPEN
import os, socket, sys, time
port, server = sys.argv[1], os.getppid()
while os.getppid() == server:
    try:
        socket.create_connection(("127.0.0.1", int(port))).close()
    except OSError:
        time.sleep(0.05)
    else:
        print(f"Open http://127.0.0.1:{port}/   (Ctrl+C stops)", flush=True)
        break
endef
export SAY_WHEN_OPEN
