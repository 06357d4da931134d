"""Nothing that is read can run: no pickle, no eval, anywhere in the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for part in ("smfosc", "trainer") for path in (ROOT / part).rglob("*.py"))

# What runs what it reads. `pickle` may be named for its error alone.
FORBIDDEN_MODULES = {"marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "jsonpickle"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
MUST_SAY = {"torch.load": ("weights_only", True), "np.load": ("allow_pickle", False)}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def faults(source: str) -> list[str]:
    """What a source does that it must not."""
    tree, found = ast.parse(source), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")[0]
            found += [module] if module in FORBIDDEN_MODULES | {"pickle"} else []
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pickle":
            found += [] if node.attr == "UnpicklingError" else [f"pickle.{node.attr}"]
    for name, call in calls(tree):
        found += [name] if name in FORBIDDEN_CALLS else []
        found += [f"{name}: shell"] if said(call, "shell") is True else []
        if name in MUST_SAY:
            key, wanted = MUST_SAY[name]
            # np.load without the word allows none since NumPy 1.16.3.
            allowed = (wanted, None) if name == "np.load" else (wanted,)
            found += [] if said(call, key) in allowed else [f"{name} without {key}={wanted}"]
    return found


def said(call: ast.Call, key: str) -> object:
    """The constant that a call gives a keyword; None without it."""
    for keyword in call.keywords:
        if keyword.arg == key:
            return keyword.value.value if isinstance(keyword.value, ast.Constant) else "?"
    return None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_reads_what_could_run(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle; pickle.load(f)",
        "from pickle import load",
        "import pickle; pickle.loads",
        "import torch; torch.load(p)",
        "torch.load(p, weights_only=False)",
        "np.load(p, allow_pickle=True)",
        "np.load(p, allow_pickle=x)",
        "eval('1')",
        "import yaml",
        "subprocess.run('ls', shell=True)",
    ],
)
def test_the_check_finds(source):
    assert faults(source)


def test_a_model_file_with_a_pickle_in_it_is_refused(tmp_path):
    import pickle

    from smfosc.model_file import ModelFileError, read_model

    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "it-ran",)

    path = tmp_path / "m.onnx"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelFileError):
        read_model(path)
    assert not (tmp_path / "it-ran").exists()
