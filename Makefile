# FusionWeb's commands. Each makes the environment it needs first; nothing has to be installed by hand.
.PHONY: run scaled install test clients docs check bench fmt
PY := .venv/bin/python
TESTS ?= tests
# One more than a small machine has cores: many tests wait for other processes.
WORKERS ?= 3

run: install ## start everything on this machine (PORT, HOST, FUSIONWEB_DATA, ARGS=--no-models)
	@exec $(PY) manage.py up $(ARGS)

scaled: ## start two web and three workers behind a load balancer, with TLS (ARGS="--web 1 --workers 2"); leaves nothing
	@bin/bootstrap base
	@exec $(PY) -m fusionweb.scaled $(ARGS)

install: ## make .venv and node_modules from the lock files
	@bin/bootstrap base

test: ## run the whole test suite, browser tests included (TESTS=path, WORKERS=n, ARGS="-k name")
	@bin/bootstrap dev
	@FUSIONWEB_BROWSER="$$(bin/find-browser)" && export FUSIONWEB_BROWSER && \
		exec $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS) $(TESTS)

clients: ## run every client of other makers against the API, and write the table of docs/api.md
	@bin/bootstrap dev
	@CLIENTS=all $(PY) -m pytest $(ARGS) tests/clients/test_matrix.py tests/clients/test_mcp.py
	@exec $(PY) -m tests.clients.table

docs: ## write what the documents have from the code: words, strategies, the schema of archives
	@bin/bootstrap dev
	@$(PY) -m tests.documents
	@exec $(PY) -m tests.services $(PY) manage.py export_all --schema docs/archive.schema.json

check: ## lint, format, types, import arrows, prose and names, templates, styles, scripts, migrations, production settings
	@bin/bootstrap dev
	@bin/check

bench: ## measure the overhead on the real stack (ARGS="--quick --only one-run")
	@bin/bootstrap dev
	@$(PY) -m bench $(ARGS)

fmt: ## format code, templates, styles and scripts, and fix what can be fixed
	@bin/bootstrap dev
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .
	@$(PY) -m djlint templates --reformat --quiet --warn
	@bin/prettier static --write --log-level warn
