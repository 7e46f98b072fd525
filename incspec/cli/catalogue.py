"""`incspec list`."""

from __future__ import annotations

from ..files import shipped_specs
from ..model import load_file
from .app import app
from .common import Json, print_json


@app.command("list")
def list_specs(json_: Json = False) -> None:
    """List the shipped specs with their sizes."""
    rows = []
    for name in shipped_specs():
        model = load_file(name)
        rows.append({"name": name, "title": model.name, "params": model.params, "macs": model.macs})
    if json_:
        print_json(rows)
        return
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        print(f"{row['name']:<{width}}  {row['params']:>12,} params  {row['macs']:>15,} MACs  {row['title']}")
