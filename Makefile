# Two commands matter: `make run` serves the whole portal, `make test` passes every test.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help messages deps system test-system run test test-sqlite test-postgres test-browser check matrix trust bench bench-pages bench-reports bench-certificates bench-directory format clean

PYTHON ?= python3
PORT ?= 8000
TRIAL ?= 1
DATA_DIR ?= $(CURDIR)/var
ONLY ?=
SIZES ?= 1000 1000000
export DATA_DIR PORT
BIN := .venv/bin
STAMPS := .venv/stamps
RUN_PACKAGES := python3-venv gettext libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core ffmpeg
TEST_PACKAGES := postgresql postgresql-common chromium libatomic1 poppler-utils clamav-daemon strace

help: ## Say what can be typed here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

deps: $(STAMPS)/run ## Install what running needs
system: $(STAMPS)/run-system
test-system: $(STAMPS)/test-system

# Debian's packages are installed by root or through sudo; otherwise the one line to type is printed.
define install_packages
	missing=(); for package in $(1); do dpkg -s $$package >/dev/null 2>&1 || missing+=($$package); done
	if [ $${#missing[@]} -gt 0 ]; then
	  line="apt-get install -y --no-install-recommends $${missing[*]}"
	  if ! command -v apt-get >/dev/null; then echo "Please install the equivalent of: $${missing[*]}"; exit 1; fi
	  if [ "$$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo"; else echo "Please type: sudo $$line"; exit 1; fi
	  echo "Installing system packages: $${missing[*]} (one to three minutes)"
	  $$as apt-get update -qq; DEBIAN_FRONTEND=noninteractive $$as $$line >/dev/null
	fi
endef

$(STAMPS)/run-system: Makefile
	@$(call install_packages,$(RUN_PACKAGES))
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	mkdir -p $(STAMPS); touch $@

$(STAMPS)/run: $(STAMPS)/run-system requirements.txt
	@echo "Installing Python packages (about half a minute)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(STAMPS)/test-system: $(STAMPS)/run-system
	@$(call install_packages,$(TEST_PACKAGES))
	touch $@

# The compiled catalogues are not in the repository; one that is broken stops here.
$(STAMPS)/catalogues: $(STAMPS)/run $(wildcard locale/*/LC_MESSAGES/django.po)
	@echo "Compiling the languages"
	$(BIN)/django-admin compilemessages --ignore .venv --verbosity 0
	touch $@

messages: $(STAMPS)/run ## Bring the sentences of the public pages into locale/, for the translators
	@bin/messages

$(STAMPS)/test: $(STAMPS)/run $(STAMPS)/test-system requirements-dev.txt
	@echo "Installing packages for tests (about half a minute)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: deps ## Serve the portal at http://127.0.0.1:8000 (TRIAL=0 for the real first start)
	@export TRIAL=$(TRIAL); exec bin/run

test: $(STAMPS)/test ## Pass every test: SQLite, PostgreSQL, Chromium
	@$(MAKE) --no-print-directory test-sqlite test-postgres test-browser

TEST_ENV := env -u DATABASE_URL -u ALLOWED_HOSTS TRIAL=0 VAULT_TEST_KDF=fast PLAIN_STATIC=1 DATA_DIR=$(CURDIR)/var/test

test-sqlite: $(STAMPS)/test $(STAMPS)/catalogues
	@echo "Tests on SQLite"
	$(TEST_ENV) $(BIN)/pytest -q -n 2 --dist worksteal -m "not browser"

# These ask no database, so the run on SQLite is enough.
NO_DATABASE := files/test_cleaning files/test_scanner test_names test_questions triage/test_clocks
NO_DATABASE := $(NO_DATABASE:%=--ignore=tests/reporting/%.py) $(patsubst %,--ignore=tests/training/test_%.py,pdf press signature bank rules readability smallcells drawings scene_rules paper) \
  $(patsubst %,--ignore=tests/resources/test_%.py,hours hours_rules hours_shown checker_asking checker_judging differences)
# What no database changes is asked once; `make trust` asks it on both.
ASKED_ONCE := $(patsubst %,--ignore=tests/trust/test_%.py,every_address fuzz guessing matrix quiet) --ignore=tests/portal/test_languages.py --ignore=tests/resources/test_onpaper.py

test-postgres: $(STAMPS)/test $(STAMPS)/catalogues
	@echo "Tests on PostgreSQL"
	LC_ALL=C.UTF-8 pg_virtualenv -t -o fsync=off $(TEST_ENV) DATABASE_URL=postgresql:///postgres $(BIN)/pytest -q -n 2 --dist worksteal -m "not browser" $(NO_DATABASE) $(ASKED_ONCE)

test-browser: $(STAMPS)/test $(STAMPS)/catalogues
	@echo "Tests in Chromium"
	mkdir -p var/test; $(TEST_ENV) TEST_DATABASE_FILE=$(CURDIR)/var/test/browser.sqlite3 DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/pytest -q -n 2 --dist worksteal -m browser
	echo "The ways of reporters and staff in Chromium, on PostgreSQL"
	LC_ALL=C.UTF-8 pg_virtualenv -t -o fsync=off $(TEST_ENV) DATABASE_URL=postgresql:///postgres DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/pytest -q -n 2 --dist worksteal -m browser -k "(report or staff) and not accessible and not desk" tests/browser/test_journeys.py tests/browser/test_report_journeys.py tests/browser/test_staff_journeys.py

check: $(STAMPS)/test $(STAMPS)/catalogues ## Quick look: format, lint, types, templates, languages, deployment, migrations
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(TEST_ENV) $(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	bin/messages --check
	$(TEST_ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(TEST_ENV) VAULT_TEST_KDF= ALLOWED_HOSTS=portal.example SITE_URL=https://portal.example BEHIND_PROXY=1 $(BIN)/python manage.py check --deploy --fail-level WARNING

matrix: $(STAMPS)/test $(STAMPS)/catalogues ## Write anew who may do what (tests/trust/matrix.txt); read every changed line
	@WRITE_MATRIX=1 $(TEST_ENV) $(BIN)/pytest -q tests/trust/test_matrix.py

# A server of its own, because PostgreSQL itself is killed and stopped in some of the checks.
trust: $(STAMPS)/test $(STAMPS)/catalogues ## Try in full what must never happen, on both databases (ONLY=crash for one; about an hour)
	@echo "Trust checks on SQLite"
	TRUST=full $(TEST_ENV) $(BIN)/pytest -q -m trust -k "$(ONLY)" tests
	echo "Trust checks on PostgreSQL"
	LC_ALL=C.UTF-8 pg_virtualenv -t $(TEST_ENV) TRUST=full DATABASE_URL=postgresql:///postgres $(BIN)/pytest -q -m trust -k "$(ONLY)" tests

bench: bench-pages bench-certificates bench-directory bench-reports ## Measure pages against plain Django, certificates in a burst, the directory at ten thousand services, sealed reports at a million

bench-pages: $(STAMPS)/test $(STAMPS)/catalogues
	@$(BIN)/python bench/run.py

bench-certificates: $(STAMPS)/test $(STAMPS)/catalogues
	@$(BIN)/python bench/certificates.py

bench-directory: $(STAMPS)/test $(STAMPS)/catalogues
	@LC_ALL=C.UTF-8 pg_virtualenv -t -o fsync=off env DATABASE_URL=postgresql:///postgres $(BIN)/python bench/directory.py 1000 10000

bench-reports: $(STAMPS)/test $(STAMPS)/catalogues
	@echo "Sealed reports on PostgreSQL (about eight minutes, and 14 GB of disk while it runs)"
	LC_ALL=C.UTF-8 pg_virtualenv -t -o shared_buffers=1GB -o max_wal_size=4GB -o maintenance_work_mem=256MB $(BIN)/python bench/reports.py $(SIZES)

format: $(STAMPS)/test ## Put the code in its usual shape
	@$(BIN)/ruff check --fix-only --quiet .; $(BIN)/ruff format --quiet .

clean: ## Remove the virtual environment and the caches; var/ with the data stays
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis
