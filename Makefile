# The commands of this project. Python 3.11 to 3.13 with its venv module, and make, are all they need.
PYTHON ?= python3
BIN = .venv/bin
PORT ?= 8000

.PHONY: serve test check docs format bench soak lock clean

serve: .venv/serve.stamp  ## Serve the posts in content/ at http://127.0.0.1:8000/
	$(BIN)/feeds serve --port $(PORT)

test: .venv/test.stamp  ## Run every test
	$(BIN)/python -m pytest -n 4 --dist loadscope

check: .venv/test.stamp docs  ## Lint, formatting, types, layers, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/test.stamp  ## Build the documentation into .site/; a warning or a dead link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict  # with --quiet it would overlook warnings

format: .venv/test.stamp  ## Let ruff put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/bench.stamp  ## Measure ratios into benchmarks/RESULTS.md; BENCH="--posts 10000" for a trial
	$(BIN)/python -m benchmarks --install $(BENCH)

soak: .venv/test.stamp  ## Serve for ten minutes (SECONDS) what changes all the time, and kill the publisher
	$(BIN)/python tests/soak.py --seconds $(or $(SECONDS),600)

lock: .venv/test.stamp  ## Choose the pinned versions anew (needs uv)
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links pyproject.toml --group test -o requirements/test.txt
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links pyproject.toml -c requirements/test.txt -o requirements/serve.txt
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links pyproject.toml --group bench -c requirements/test.txt -o requirements/bench.txt

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/%.stamp: requirements/%.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

clean:
	rm -rf .venv .feeds .site build *.egg-info
