# Each target sets up what it needs by itself: .venv, the locked packages, missing system libraries.
# PYTHON=python3.12 make test chooses the interpreter.
export PYTHON SKIP_APT
# onnxruntime tells its maker of every process otherwise; rkviz sets it, scripts beside it do not.
export ORT_DISABLE_TELEMETRY := 1
BIN := .venv/bin

.PHONY: demo test check bench clean run dev docs package wheel try-wheel packaging-tools
.PHONY: manual docs-screenshots

demo: run manual
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
	$(BIN)/python packaging/build_manual.py
	$(BIN)/python -m build --no-isolation --outdir dist

try-wheel: wheel
	packaging/try_wheel.sh dist

# What F1 opens: docs/manual as pages for a browser, in rkviz/manual.
manual: docs
	$(BIN)/python packaging/build_manual.py

# The pictures of the manual and the README, drawn by the program itself, in both languages.
docs-screenshots: run
	$(BIN)/python packaging/draw_manual.py docs/manual/images
	$(BIN)/python packaging/draw_readme.py docs/images

bench: dev
	$(BIN)/python -m bench

clean:
	rm -rf .venv build dist demo-output rkviz/demo/network/*.onnx rkviz/manual *.egg-info
	rm -rf .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

run dev docs:
	@packaging/set_up.sh $@

packaging-tools:
	@packaging/set_up.sh package
