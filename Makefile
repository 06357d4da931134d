# People and continuous integration use the same targets. Every target sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NATIVE := CMakeLists.txt $(shell find smfosc/native trainer/native -name '*.cpp' -o -name '*.h' -o -name '*.cmake' -o -name CMakeLists.txt)
INSTALL := $(PIP) install --constraint constraints.txt
export PATH := $(abspath $(BIN)):$(PATH)

.PHONY: help demo test reach check format bench patches readme clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.demo  ## play the paper's Figure 3a over OSC into demo.wav and demo.png (no sound card needed)
	$(BIN)/python bench/demo.py

test: $(VENV)/.test check  ## format, lint, types, import contracts and all tests but the long ones
	$(BIN)/python -m pytest -m "not reach"

reach: $(VENV)/.test  ## the long measurements that the tests run in a short form
	$(BIN)/python -m pytest -m reach -s

check: $(VENV)/.test  ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/clang-format --dry-run --Werror $$(git ls-files '*.cpp' '*.h')
	$(BIN)/mypy smfosc trainer
	$(BIN)/lint-imports --no-cache
	$(BIN)/python patches/generate/lint.py

format: $(VENV)/.test  ## rewrite the sources in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/clang-format -i $$(git ls-files '*.cpp' '*.h')

bench: $(VENV)/.test  ## the kernel beside its rivals and this machine's floors
	$(BIN)/python bench/kernel.py

patches:  ## pack the Pd and Max patches into dist: a deken package and a Max package
	$(PYTHON) patches/generate/package.py

readme: $(VENV)/.demo  ## write the OSC address table into README.md
	$(BIN)/python docs/write_readme_table.py

clean:  ## remove what the targets made
	rm -rf $(VENV) build demo.wav demo.png demo.log

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Editable, so that a change of a Python file needs no reinstallation; a change of a
# native one rebuilds here.
$(VENV)/.demo: pyproject.toml constraints.txt $(NATIVE) | $(VENV)/bin/python
	$(INSTALL) --editable '.[demo]'
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt tests/system-packages.txt $(NATIVE) | $(VENV)/bin/python
	tests/install-system-packages.sh
	$(INSTALL) --editable '.[demo,test,train,onnx]'
	touch $@ $(VENV)/.demo
