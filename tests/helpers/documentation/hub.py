"""A stand-in for Meltano Hub: it serves the definitions of the loaders in meltano.yml."""

from __future__ import annotations

import json
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.helpers.documentation.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIANT = "local"


def loaders() -> dict[str, dict[str, Any]]:
    """The definitions of the loaders by name."""
    project = YAML(typ="safe").load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return {loader["name"]: loader for loader in project["plugins"]["loaders"]}


@contextmanager
def hub() -> Iterator[str]:
    """Serve the definitions, and yield the address for `MELTANO_HUB_API_ROOT`."""
    definitions = loaders()

    @Request.application
    def respond(request: Request) -> Response:
        kind, name = request.path.split("/")[-2:]
        if name != "index":
            definition = definitions[name.removesuffix(f"--{_VARIANT}")]
            return _as_json({**definition, "variant": _VARIANT})
        entries = {
            each: {
                "logo_url": None,
                "default_variant": _VARIANT,
                "variants": {_VARIANT: {"ref": f"{request.base_url[: -len(name)]}{each}"}},
            }
            for each in definitions
        }
        return _as_json(entries if kind == "loaders" else {})

    server = make_server("127.0.0.1", 0, respond, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _as_json(value: object) -> Response:
    return Response(json.dumps(value), content_type="application/json")
