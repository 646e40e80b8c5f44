# Each target sets up what it needs by itself: .venv, the locked packages, missing system libraries.
# PYTHON=python3.12 make test chooses the interpreter.
export PYTHON SKIP_APT
BIN := .venv/bin

.PHONY: demo test check bench clean run dev package wheel try-wheel packaging-tools

demo: run
	$(BIN)/python -m rkviz demo

test: check
	$(BIN)/python -m pytest -n 2

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# Linux: a .deb and a .tar.gz in dist/, checked and measured. packaging/README.md tells of the rest.
package: packaging-tools
	$(BIN)/python packaging/build_linux.py

wheel: packaging-tools
	$(BIN)/python -m build --no-isolation --outdir dist

try-wheel: wheel
	packaging/try_wheel.sh dist

bench: dev
	$(BIN)/python -m bench

clean:
	rm -rf .venv build dist demo-output rkviz/demo/network/*.onnx *.egg-info
	rm -rf .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

run dev:
	@packaging/set_up.sh $@

packaging-tools:
	@packaging/set_up.sh package
