# Python of an environment with the extras test and dev.
PYTHON ?= .venv/bin/python
# As many processes as there are cores. Neighbours stay together: they share servers and browsers.
PARALLEL ?= -n auto --dist worksteal

.PHONY: help check lint types imports spelling test coverage docs picture benchmarks

help:
	@echo "check       lint, types, imports, spelling, tests with coverage"
	@echo "lint        ruff, rules and format"
	@echo "types       mypy"
	@echo "imports     import-linter's contracts"
	@echo "spelling    codespell"
	@echo "test        pytest"
	@echo "coverage    pytest with branch coverage and its limits"
	@echo "docs        write what is made from the code"
	@echo "picture     make the picture of the README anew; needs Chromium"
	@echo "benchmarks  start-up, offline audit, live check"

check: lint types imports spelling coverage

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy auditor tests benchmarks

imports:
	$(dir $(PYTHON))lint-imports

spelling:
	$(PYTHON) -m codespell_lib

test:
	$(PYTHON) -m pytest $(PARALLEL)

coverage:
	$(PYTHON) -m coverage erase
	COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml COVERAGE_FILE=$(CURDIR)/.coverage $(PYTHON) -m pytest $(PARALLEL)
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report
	$(PYTHON) -m coverage report --include='*/consent/*' --fail-under=100

docs:
	$(PYTHON) -m tests.generated_docs

picture:
	$(PYTHON) -m auditor demo --profile sophiie --format html --output build/picture
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1400,690 \
	  --screenshot=docs/images/report.png file://$(CURDIR)/build/picture/report.html

benchmarks:
	$(PYTHON) benchmarks/run.py
