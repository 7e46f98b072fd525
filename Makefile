# Two commands do all the set-up: `make demo` installs incspec and builds Inception-v4, `make test` installs what
# development needs and runs the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What is never imported need not be compiled, which is most of torch.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile --constraint constraints.txt

.PHONY: demo test nightly lint benchmark random mutations fuzz golden clean

demo: $(VENV)/installed
	$(BIN)/incspec build specs/inception_v4.yaml

# One thread for each of two processes: torch's own threads gain nothing on networks and inputs this small.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal

test: $(VENV)/developed
	$(PYTEST)

# What takes long: `make test` does it for a sample.
nightly: $(VENV)/developed
	$(PYTEST) -m nightly

lint: $(VENV)/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: $(VENV)/developed
	$(BIN)/python -m tests.benchmarks

# An hour of hostile texts: `make fuzz`, or longer with `MINUTES=600`.
MINUTES ?= 60
fuzz: $(VENV)/developed
	$(PIP) --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

# `make random COUNT=500 SEED=7`: what was found, and how often each op and each refusal was.
COUNT ?= 10000
SEED ?= 1
random: $(VENV)/developed
	$(BIN)/python -m tests.differential --count $(COUNT) --seed $(SEED)

# What becomes of every single change of the shipped specs, and where its message lies.
mutations: $(VENV)/developed
	$(BIN)/python -m tests.mutations

# Write anew what the tests compare with: printed sources and diagrams.
golden: $(VENV)/developed
	$(BIN)/python -m pytest --update-golden

clean:
	rm -rf $(VENV) build dist

$(VENV):
	$(PYTHON) -m venv $@

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)
	$(PIP) --editable .
	touch $@

# References for tests: the dependencies of torchvision, timm and facenet-pytorch would bring another torch.
$(VENV)/developed: pyproject.toml constraints.txt | $(VENV)
	$(PIP) --editable '.[dev]'
	$(PIP) --no-deps torchvision timm pretrainedmodels facenet-pytorch
	touch $(VENV)/installed $@
