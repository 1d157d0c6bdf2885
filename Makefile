# Everything a developer or a CI machine needs: `make test`, `make demo`. Both set themselves up on a machine with Python 3.11+.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup test ci lint structure demo generate bench conformance clients site fuzz mutants playground \
	playground-test playground-pictures editor-pictures format versions constraints sbom clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The first Python on the path that is new enough and can make virtual environments; `make PYTHON=… test` overrides.
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$python -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && { echo $$python; break; }; done)

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 28

setup: $(READY) ## make the virtual environment in .venv

# Installed anew when what is to be installed changes. Nothing outside .venv is touched. The wheelhouse holds recpol's
# own dependencies as files, so that the tests can install a built wheel without a network; without it they use one.
$(READY): pyproject.toml hatch_build.py .ci/constraints.txt
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer with venv found; install one or say make PYTHON=…" >&2; exit 2; }
	@rm -f $@
	@$(BIN)/python -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable '.[dev]'
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
		> $(VENV)/runtime.txt
	@rm -rf $(VENV)/wheelhouse
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --only-binary :all: \
		--dest $(VENV)/wheelhouse --constraint .ci/constraints.txt --requirement $(VENV)/runtime.txt || rm -rf $(VENV)/wheelhouse
	@touch $@

# A process for each processor and one more, as `tests/conftest.py` says: most of the time goes into random policies and
# their proofs, some into waiting. Byte code is kept, for tests start some hundred processes, and each of them would
# compile recpol anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: lint ## all checks of a change: format, lint, types, import contracts, tests, wheel
	$(BIN)/python -m pytest -n auto --dist worksteal

# It makes `test`, `fuzz`, `versions`, `clients`, `playground-test`, `site` and `sbom`, and installs what they need.
ci: ## everything that CI runs: `make test`, and what takes long or needs other programs
	.ci/run

lint: $(READY) ## formats, lint, types and import contracts, without the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python docs/structure.py
	$(BIN)/recpol fmt --check policies

structure: $(READY) ## count rooms, floors, arrows and circles of the code
	$(BIN)/python docs/structure.py --rooms

format: $(READY) ## let ruff lay out and repair what it can, and wrap the pages
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python docs/wrap.py

# A plain `record` around a conference: who is recorded?
define REFUSED
policy board
store archive { url "s3://acme-recordings/board/" credentials env SINCH_S3_CREDENTIALS }
on ice {
  record { connect conference "board" }
}
endef
export REFUSED

demo: $(READY) ## compile two example policies, for today's platform and as the page of 2018, and show one that is refused
	@out=$$(mktemp -d) && trap 'rm -rf "$$out"' EXIT && recpol="$$PWD/$(BIN)/recpol" && policy=policies/support-line.recpol \
	&& echo "# $$policy" && cat "$$policy" \
	&& echo && echo "# recpol compile $$policy" && "$$recpol" compile "$$policy" -o "$$out" \
	&& for reply in "$$out"/support-line/*.json; do echo && echo "# $${reply#"$$out"/}" && cat "$$reply" || exit; done \
	&& page=policies/skip-the-greeting.recpol && echo && echo "# $$page" && cat "$$page" \
	&& echo && echo "# recpol compile --target classic $$page, as Sinch's page of 2018 has it" \
	&& "$$recpol" compile --target classic "$$page" -o "$$out" && cat "$$out"/skip-the-greeting/ice.json \
	&& echo && echo "# a policy that is refused" && cd "$$out" && printf '%s\n' "$$REFUSED" | tee board.recpol \
	&& echo && echo "# recpol lint board.recpol" && { "$$recpol" lint board.recpol; test $$? -eq 1; }

generate: $(READY) ## write the generated pages and schemas anew
	$(BIN)/python docs/generate.py

bench: $(READY) ## measure against peers
	$(BIN)/python bench/run.py

# Not part of `test`, which tries a sample: random policies and forgeries at length, and inputs that grow, under every
# command. `RECPOL_FUZZ` is the number of policies, `RECPOL_FUZZ_FROM` a number of one's own for others than those of
# last time, `MINUTES` how long damaged texts are tried.
fuzz: $(READY) ## try the laws on many random policies: RECPOL_FUZZ=20000 make fuzz
	RECPOL_FUZZ=$${RECPOL_FUZZ:-10000} $(BIN)/python -m pytest tests/test_oracle.py tests/test_recpol_check.py tests/test_growth.py \
		tests/test_diff.py tests/test_diff_oracle.py tests/test_fixes.py tests/test_rooms_judged.py
	$(BIN)/python tests/fuzzing.py --minutes $${MINUTES:-10}
	RECPOL_CALLS=$${RECPOL_CALLS:-200} RECPOL_KILLS=$${RECPOL_KILLS:-50} \
		$(BIN)/python -m pytest tests/test_runtime_calls.py tests/test_runtime_sessions.py \
		tests/test_runtime_kills.py

# Not part of `test`, which tries a sample. The second line of `tests/mutants/__main__.py` says what `MOST` is.
mutants: $(READY) ## try whether translation checking sees every fault of the output: MOST=100 make mutants
	cd tests && ../$(BIN)/python -m mutants $(MOST)

# Not part of `test`: the second half installs npm packages into a temporary folder.
conformance: $(READY) ## hold the output against the official SDKs
	$(BIN)/python -m pytest tests/test_conformance_sinch.py
	$(BIN)/python tests/conformance/svaml1.py
	$(BIN)/python tests/conformance/signatures.py

# Strict: a dead link ends it, and without `--quiet`, which hides warnings from what counts them. A test builds it too.
site: $(READY) ## build the documentation site in dist/site
	@rm -rf build/site dist/site
	$(BIN)/python docs/sitepages.py build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "dist/site: $$(find dist/site -name '*.html' | wc -l) pages"

# Not part of `test`: it installs packages from registries, into temporary folders. `PARTS` chooses among
# code, protocol, neovim, emacs and vscode.
clients: $(READY) ## pack the extension for VS Code, and drive the editors that are installed
	cd tests && PYTHONPATH="$(CURDIR)/docs" ../$(BIN)/python -m clients $(PARTS)

# Needs Chromium, and npm's packages of a whole VS Code.
editor-pictures: $(READY) ## take the pictures of VS Code for docs/pictures
	cd tests && PICTURES="$(CURDIR)/docs/pictures" PYTHONPATH="$(CURDIR)/docs" ../$(BIN)/python -m clients code vscode

# One folder of static files, playground/dist. Needs Node.js and npm, which put their packages into playground/node_modules.
playground: $(READY) playground/node_modules/.ready ## build the playground, a page in the browser, in playground/dist
	$(BIN)/python playground/bundle.py

playground/node_modules/.ready: playground/package.json playground/package-lock.json
	cd playground && npm ci --silent
	@touch $@

# Needs Chromium too: `apt-get install chromium`, or CHROMIUM=…
playground-test: playground ## use the playground in Chromium: type, fix, compile, simulate, test, share
	$(BIN)/python -m pytest tests/test_playground.py tests/test_playground_browser.py

playground-pictures: playground ## take the pictures of the playground for docs/pictures
	$(BIN)/python playground/drive.py pictures.mjs docs/pictures

# Not part of `test`: it installs packages from a registry, once for each Python and each set of versions.
versions: $(READY) ## try the wheel with the lowest and the newest versions of what it needs, on every Python here
	@rm -rf dist/versions
	$(BIN)/python -m build --no-isolation --wheel --outdir dist/versions . >/dev/null
	$(BIN)/python .ci/versions.py dist/versions/*.whl

constraints: $(READY) ## write the newest versions of all that is installed into .ci/constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager --editable '.[dev]'
	@{ echo "# The versions that CI tests with, beside the lowest and the newest; \`make constraints\` writes them anew."; \
	$(BIN)/python -m pip list --format=freeze --exclude-editable | grep -viE '^(pip|setuptools)==' | sort -f; } > .ci/constraints.txt

sbom: $(READY) ## list the components of an installed recpol, as CycloneDX, in dist/recpol.cdx.json
	@mkdir -p dist
	$(BIN)/python .ci/sbom.py dist/recpol.cdx.json

clean: ## remove what was made, the virtual environment too
	rm -rf $(VENV) build dist playground/dist playground/node_modules grammar/.recpol.table .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find compiler tests docs bench playground -name __pycache__ -type d -prune -exec rm -rf {} +
