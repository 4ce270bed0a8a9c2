"""Reads files as JSON lines (base64) and says what Python makes of each."""
import base64, configparser, io, json, os, sys, tempfile

try:
    from twine.utils import get_config
except ImportError:
    get_config = None

name = os.path.join(tempfile.mkdtemp(), "pypirc")
print(json.dumps({"twine": get_config is not None}), flush=True)
for line in sys.stdin:
    data = base64.b64decode(json.loads(line))
    parser, out = configparser.RawConfigParser(), {"ok": True}
    try:
        parser.read_file(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        out["sections"] = {s: list(map(list, parser._sections[s].items())) for s in parser.sections()}
        out["order"] = parser.sections()
        out["defaults"] = list(map(list, parser.defaults().items()))
        if get_config:
            with open(name, "wb") as f:
                f.write(data)
            out["config"] = {k: {a: b for a, b in v.items() if b is not None} for k, v in get_config(name).items()}
    except (configparser.Error, UnicodeDecodeError):
        out = {"ok": False}
    print(json.dumps(out), flush=True)
