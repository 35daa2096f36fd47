"""The page's modules in V8 itself (mini-racer), without a browser.

What they need of a browser to judge a scan is in browser.js; the book's database and the network are not there.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from py_mini_racer import JSFunction, MiniRacer

from deploy.launcher.processes.child import ROOT

PAGE = ROOT / "services/checkpoint/page"
BROWSER = Path(__file__).with_name("browser.js")
# Each after those that it imports.
MODULES = (
    "normal_form",
    "temperature",
    "reading",
    "code",
    "clock",
    "lists",
    "rules",
    "book",
    "service",
    "gate",
    "wedge",
    "vehicle",
)
_IMPORT = re.compile(r'^import \{([^}]*)\} from "/gate/(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async function|function|class|const) (\w+)", re.MULTILINE)
_JUDGE = """async (given) => {
    const [lists, cases, now] = JSON.parse(given);
    const copy = new modules.lists.Copy({ fact: async () => null, keep: async () => {} });
    if (lists) await copy.take(lists);
    const judged = [];
    for (const [text, seen] of cases) {
        const line = modules.gate.recognised(text);
        const { verdict, reasons, mode } = await modules.rules.judge(line, seen, copy.lists, now);
        judged.push([line.kind, verdict, reasons, mode]);
    }
    return JSON.stringify(judged);
}"""


class Engine:
    """One V8 with the page's modules in it."""

    def __init__(self, v8: MiniRacer) -> None:
        self._v8 = v8
        self._judge = cast(JSFunction, v8.eval(_JUDGE))

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression."""
        return self._v8.eval(expression)

    def called(self, function: str, argument: str) -> Any:
        """Return what a function of a module, as `reading.read`, makes of a text."""
        return json.loads(self._v8.eval(f"JSON.stringify(modules.{function}({json.dumps(argument)}))"))

    async def answer(self, function: str, *given: Any) -> Any:
        """Return what an async function of the page's language answers; it takes and returns JSON."""
        called = cast(
            JSFunction, self._v8.eval(f"async (given) => JSON.stringify(await ({function})(...JSON.parse(given)))")
        )
        return json.loads(await cast(Any, called(json.dumps(given))))

    async def judged(self, lists: Any, cases: list[Any], now_ms: float) -> list[Any]:
        """Return kind, verdict, reasons and mode of each case, by the lists of the service, None for no lists."""
        answer = await cast(Any, self._judge(json.dumps([lists, cases, now_ms])))
        return list(json.loads(answer))


@asynccontextmanager
async def engine() -> AsyncIterator[Engine]:
    """Yield an engine with the modules of the page as they are served."""
    with MiniRacer() as v8:
        v8.eval(BROWSER.read_text(encoding="utf-8"))
        native = cast(Any, v8.eval("native"))
        async with v8.wrap_py_function(_digest) as digest, v8.wrap_py_function(_verify) as verify:
            native["digest"], native["verify"] = digest, verify
            v8.eval("const modules = {};")
            for script in scripts():
                v8.eval(script)
            yield Engine(v8)


def scripts() -> list[str]:
    """Return the modules, in their order, as scripts that put what they export into `modules`."""
    texts = {name: (PAGE / f"{name}.js").read_text(encoding="utf-8") for name in MODULES}
    exported = {name: set(_EXPORT.findall(text)) for name, text in texts.items()}
    for text in texts.values():
        for names, module in _IMPORT.findall(text):
            exported[module] |= {name.strip() for name in names.split(",")}
    return [_script(name, text, exported[name]) for name, text in texts.items()]


def _script(name: str, text: str, exported: set[str]) -> str:
    body = _EXPORT.sub(lambda match: match[0].removeprefix("export "), text)
    body = _IMPORT.sub(lambda match: f"const {{{match[1]}}} = modules.{match[2]};", body)
    assert not re.search(r"^(import|export)\b", body, re.MULTILINE), f"{name}.js has a form that is not known here"
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {', '.join(sorted(exported))} }};\n}})();"


async def _digest(*given: Any) -> str:
    name, data = given
    assert name == "SHA-256"
    return hashlib.sha256(bytes.fromhex(data)).hexdigest()


async def _verify(*given: Any) -> bool:
    spki, signature, data = map(bytes.fromhex, given)
    key = load_der_public_key(spki)
    assert isinstance(key, Ed25519PublicKey)
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True
