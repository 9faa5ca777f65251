"""Nothing in the program runs what it reads: no pickle, no shell, no open parser of XML."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("evidence", "indexers", "retrievers", "prompts", "eval")
REFUSED_IMPORTS = {
    *("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml", "ruamel"),
    *("tarfile", "telnetlib", "ftplib", "xmlrpc", "xml.etree", "xml.dom", "xml.sax", "xml.parsers"),
}
ALLOWED_IMPORTS = {"xml.sax.saxutils"}
REFUSED_CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "torch.load", "np.loads"),
    *("tempfile.mktemp", "shutil.unpack_archive", "np.fromregex", "pd.read_pickle", "pd.eval"),
    *("pickle.loads", "yaml.load", "etree.XSLT", "etree.parse"),
}
REFUSED_METHODS = {"extractall", "extract_all", "read_pickle", "to_pickle", "xinclude"}
REFUSED_VALUES = {
    *(("shell", True), ("verify", False), ("follow_redirects", True), ("trust_remote_code", True)),
    *(
        ("allow_pickle", True),
        ("resolve_entities", True),
        ("huge_tree", True),
        ("autoescape", False),
    ),
    *(
        ("load_dtd", True),
        ("no_network", False),
        ("use_safetensors", False),
        ("attribute_defaults", True),
    ),
}
NEEDED_VALUES = {
    "np.load": {"allow_pickle": False},
    "etree.XMLParser": {"resolve_entities": False, "no_network": True},
    "etree.HTMLParser": {"no_network": True},
    "etree.iterparse": {"resolve_entities": False, "no_network": True, "load_dtd": False},
}


def program() -> list[Path]:
    files = [ROOT / "app.py"]
    for folder in FOLDERS:
        files += sorted((ROOT / folder).rglob("*.py"))
    return files


def faults(source: str) -> Iterator[str]:
    """What a module does that could run or open what it was given."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (f"imports {a.name}" for a in node.names if refused(a.name))
        elif isinstance(node, ast.ImportFrom) and refused(node.module or ""):
            yield f"imports {node.module}"
        elif isinstance(node, ast.Call):
            yield from call_faults(node)


def refused(module: str) -> bool:
    if module in ALLOWED_IMPORTS:
        return False
    return any(module == name or module.startswith(f"{name}.") for name in REFUSED_IMPORTS)


def call_faults(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func)
    values = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
    if name in REFUSED_CALLS or name.rpartition(".")[2] in REFUSED_METHODS:
        yield f"line {call.lineno}: calls {name}"
    for key, value in values.items():
        prompt = key == "autoescape" and name == "SandboxedEnvironment"  # prompts are no HTML
        if not prompt and any(key == k and value is v for k, v in REFUSED_VALUES):
            yield f"line {call.lineno}: {name}({key}={value})"
    for key, needed in NEEDED_VALUES.get(name, {}).items():
        if values.get(key, "nothing") is not needed:
            yield f"line {call.lineno}: {name} without {key}={needed}"
    if name == "etree.fromstring" and len(call.args) + len(call.keywords) < 2:
        yield f"line {call.lineno}: etree.fromstring without a parser"
    if name.startswith("subprocess.") and call.args and isinstance(call.args[0], ast.JoinedStr):
        yield f"line {call.lineno}: {name} of a made string"


def test_nothing_in_the_program_is_unsafe() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in program()
        for fault in faults(path.read_text(encoding="utf-8"))
    ]
    assert len(program()) > 300
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        *(
            "import pickle",
            "from joblib import load",
            "import yaml",
            "import xml.etree.ElementTree",
        ),
        *(
            "np.load(p)",
            "np.load(p, allow_pickle=True)",
            "torch.load(p)",
            "eval(text)",
            "exec(text)",
        ),
        *("subprocess.run(x, shell=True)", "os.system(x)", "httpx.Client(verify=False)"),
        *("etree.fromstring(x)", "etree.XMLParser()", "etree.XMLParser(resolve_entities=False)"),
        *(
            "etree.HTMLParser()",
            "z.extractall(p)",
            "AutoModel.from_pretrained(p, trust_remote_code=True)",
        ),
        *("httpx.get(u, follow_redirects=True)", "tempfile.mktemp()", "subprocess.run(f'ls {x}')"),
        "etree.iterparse(f, resolve_entities=False)",
    ],
)
def test_each_unsafe_call_is_found(source: str) -> None:
    assert list(faults(source))
