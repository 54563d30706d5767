# The two commands of the project are `make nightly` and `make test`; the rest serves them.
# Belongs here: installing from the locks, and naming the commands. Does not: any logic of the product.
# A second call costs nothing: each stamp in .venv depends on the lock it was installed from.
SHELL  := bash
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= examples/demo
UV     := env -u PIP_FIND_LINKS $(BIN)/uv
# Compiled once here: a folder that may not be written later, or PYTHONDONTWRITEBYTECODE, made every start compile afresh (3 s a night).
# uv does not read pip's configuration: pass on an index that this machine's pip was given (nothing is written down).
INDEX   = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$($(PYTHON) -m pip config get global.index-url 2>/dev/null || true)}"; \
          if [ -n "$$UV_DEFAULT_INDEX" ]; then export UV_DEFAULT_INDEX; else unset UV_DEFAULT_INDEX; fi
SQL    := dbt_project/models dbt_project/data_tests

.PHONY: help install nightly test soak ui bench lint format lock wheel docs clean
help:
	@echo "make nightly  install, then run the demo company's night"
	@echo "make test     everything, including both engines      make lint   ruff, sqlfluff, mypy"
	@echo "make ui       the web interface on loopback           make bench  write docs/benchmarks*.md (BENCH=funnel or sql: those alone)"
	@echo "make soak     a thousand kills in landing, twenty over whole nights (an hour)"
	@echo "make lock     resolve the locks again                 make wheel  dist/*.whl      make docs   docs/data_model.md"

$(VENV)/.installer: requirements-installer.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11"; exit 2; }
	@echo "[1/3] a virtual environment in $(VENV), with its installer"
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-installer.lock
	@touch $@

$(VENV)/.runtime: requirements.lock $(VENV)/.installer
	@echo "[2/3] the packages of requirements.lock"
	@$(INDEX); $(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@echo "[3/3] the command $(BIN)/funnel"
	@echo "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/funnel_warehouse.pth"
	@printf '#!%s\nfrom pipelines.cli.main import run\nraise SystemExit(run())\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/funnel
	@chmod +x $(BIN)/funnel && touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.runtime
	@echo "[+] the packages of requirements-test.lock"
	@$(INDEX); $(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-test.lock
	@touch $@

install: $(VENV)/.runtime

nightly: install
	@$(BIN)/funnel nightly --company $(DEMO); code=$$?; \
	if [ $$code -eq 3 ]; then echo "Exit code 3: published, while a source is held or late. In the demo that is planned, so this is a success."; exit 0; fi; exit $$code

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TESTS)

soak: $(VENV)/.test
	@FUNNEL_SOAK=$${FUNNEL_SOAK:-1000} FUNNEL_SOAK_NIGHTS=$${FUNNEL_SOAK_NIGHTS:-20} FUNNEL_KILL_SEED=$${FUNNEL_KILL_SEED:-$$RANDOM} \
	$(BIN)/python -m pytest tests/integration -k kill -x -s

ui: install
	@$(BIN)/funnel ui --company $(DEMO)

bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks $(BENCH)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar $(wildcard $(SQL))

format: $(VENV)/.test
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# Runtime and test dependencies are locked apart; the second file holds the first one's versions plus what only tests need.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: $(VENV)/.installer
	@$(INDEX); $(COMPILE) pyproject.toml -o requirements.lock $(LOCK)
	@$(INDEX); $(COMPILE) pyproject.toml --group test -c requirements.lock -o requirements-test.lock $(LOCK)
	@$(INDEX); echo uv | $(COMPILE) - -o requirements-installer.lock $(LOCK)
	@wc -l requirements*.lock

wheel: $(VENV)/.test
	@rm -rf dist && $(BIN)/python -m hatchling build -t wheel && ls -l dist

docs: install
	@$(BIN)/python docs/generate_data_model.py

clean:
	rm -rf $(VENV) dist build .pytest_cache .ruff_cache .mypy_cache
