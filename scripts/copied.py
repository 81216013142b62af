"""A copy of greenflow-core and greenflow-mock with changed code, built and tested beside the original."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "mutants"
CRATES = ["greenflow-core", "greenflow-mock"]


def originals():
    """Returns what the files of both crates hold, and the pages that tests read, by their paths."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.toml"), *(ROOT / "docs").rglob("*.md")]
    texts = {str(path.relative_to(ROOT)): path.read_bytes() for path in pages}
    for crate in CRATES:
        for path in sorted((ROOT / crate).rglob("*")):
            if path.is_file():
                texts[str(path.relative_to(ROOT))] = path.read_bytes()
    return texts


def add_module(texts, name, text):
    """Adds a module to both crates."""
    for crate in CRATES:
        texts[f"{crate}/src/{name}.rs"] = text.encode()
        texts[f"{crate}/src/lib.rs"] += f"\n#[allow(dead_code)]\nmod {name};\n".encode()


def write(folder, texts):
    """Makes the copy. Files that did not change keep their times, so that little is compiled."""
    texts = dict(texts)
    manifest = (ROOT / "Cargo.toml").read_text()
    manifest, changed = re.subn(r"(?m)^members = .*$", f"members = {CRATES!r}", manifest)
    manifest = re.sub(r"(?m)^exclude = .*$", "", manifest)
    # The tests' lints say what may be in the original only.
    manifest = re.sub(r"(?ms)^\[workspace\.lints\.(rust|clippy|rustdoc)\]$.*?(?=^\[)", "", manifest)
    if changed != 1:
        fail("the members of the workspace are not found")
    texts["Cargo.toml"] = manifest.encode()
    texts["Cargo.lock"] = (ROOT / "Cargo.lock").read_bytes()
    for name, text in texts.items():
        if name.endswith("Cargo.toml"):
            text = text.replace(b"[lints]\nworkspace = true\n", b"")
        path = folder / name
        if name == "Cargo.lock" and path.exists():
            continue
        if not path.exists() or path.read_bytes() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    for crate in CRATES:
        for path in (folder / crate).rglob("*"):
            if path.is_file() and str(path.relative_to(folder)) not in texts:
                path.unlink()


def cargo(folder, *arguments):
    """Runs cargo in the copy; returns whether it went well, and what it says, message by message."""
    command = ["cargo", *arguments, "--quiet", "--message-format", "json"]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET / "target")}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return done.returncode == 0, [json.loads(line) for line in lines]


def executables(messages):
    """Returns the tests that were built, by name."""
    built = [message for message in messages if message.get("executable")]
    return {message["target"]["name"]: message["executable"] for message in built}


def errors(messages):
    """Returns what the compiler refused."""
    told = [message["message"] for message in messages if message["reason"] == "compiler-message"]
    return [message for message in told if message["level"] == "error"]


def fail(what):
    print(what, file=sys.stderr)
    sys.exit(2)
