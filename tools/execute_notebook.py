#!/usr/bin/env python3
"""Executes the code cells of a notebook with the Rust kernel.

    execute_notebook.py FOLDER < cells.json > results.jsonl

FOLDER is the notebook's folder, in which the kernel starts. Standard input is a JSON list of the
cells' sources. For every cell one line of JSON comes out: its number, seconds and outputs, and, if
it failed, the error; nothing after a failed cell is executed. Exit code 0 when every cell ended as
it should, 1 when one failed, 2 when the kernel could not be used.

The kernel calls a cell that panics, or that leaves by `?`, a success, and what it wrote to standard
error can come as late as in the next cell. So every cell begins by noting its number in a variable,
and after it a probe prints that variable: a cell that did not reach its end has not stored it.
The probe also writes a mark to both streams, and what arrives before the marks is the cell's own.
"""

import json
import queue
import signal
import subprocess
import sys
import time
import uuid

try:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    from jupyter_client.manager import KernelManager
except ImportError:
    print("jupyter_client is missing: python3 -m pip install jupyterlab", file=sys.stderr)
    sys.exit(2)

KERNEL = "rust"


class KernelDied(Exception):
    pass


class Session:
    """One kernel with its client."""

    def __init__(self):
        self.manager = KernelManager(kernel_name=KERNEL)
        self.client = None

    def start(self, folder):
        # What is compiled is told on standard error; standard output is for the results.
        self.manager.start_kernel(cwd=folder, stdout=subprocess.DEVNULL)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        # Patient: the kernel starts a code analysis, and the machine may be busy.
        self.client.wait_for_ready(timeout=300)

    def close(self):
        if self.client:
            self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)

    def execute(self, code, marks=()):
        """Outputs of `code` up to its end, and up to the marks that it prints on each stream."""
        request = self.client.execute(code, allow_stdin=False, stop_on_error=False)
        outputs, waiting, idle, patience = [], set(marks), False, None
        while not idle or waiting:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                if not self.manager.is_alive():
                    raise KernelDied("the kernel ended") from None
                if idle:
                    patience = patience or time.monotonic() + 10
                    if time.monotonic() > patience:
                        break
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and message["parent_header"].get("msg_id") == request:
                idle = idle or content["execution_state"] == "idle"
            elif kind == "stream":
                text = "".join(o["text"] for o in outputs if o.get("name") == content["name"])
                add_stream(outputs, content["name"], content["text"])
                waiting = {
                    (name, mark)
                    for name, mark in waiting
                    if name != content["name"] or mark not in text + content["text"]
                }
            elif kind in ("display_data", "execute_result"):
                output = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
                if kind == "execute_result":
                    output["execution_count"] = None
                outputs.append(output)
            elif kind == "error":
                outputs.append(
                    {
                        "output_type": "error",
                        "ename": content["ename"],
                        "evalue": content["evalue"],
                        "traceback": content["traceback"],
                    }
                )
                # What would have printed the marks has not run.
                waiting = set()
        return outputs


def add_stream(outputs, name, text):
    """Joins what belongs together: how a text was cut into messages is chance."""
    for output in outputs:
        if output.get("name") == name:
            output["text"] += text
            return
    outputs.append({"output_type": "stream", "name": name, "text": text})


def error_in(outputs):
    for output in outputs:
        if output["output_type"] == "error":
            return "\n".join(output["traceback"]) or output["evalue"]
    return None


def run_cell(session, number, source):
    """The cell's outputs and what went wrong with it, or None."""
    lines = source.splitlines()
    commands = next((i for i, line in enumerate(lines) if not line.startswith(":")), len(lines))
    lines.insert(commands, f"let __cell_reached = {number}u32;")
    outputs = session.execute("\n".join(lines))
    error = error_in(outputs)
    if error:
        return outputs, error
    mark = uuid.uuid4().hex
    marks = [("stdout", mark), ("stderr", mark)]
    probe = f'println!("{mark} {{}}", __cell_reached); eprintln!("{mark}");'
    after = session.execute(probe, marks)
    if error_in(after):
        after = [o for o in after if o["output_type"] != "error"]
        after += session.execute(f'println!("{mark} none"); eprintln!("{mark}");', marks)
    reached = None
    for output in after:
        if output["output_type"] != "stream":
            outputs.append(output)
            continue
        text, found, rest = output["text"].partition(mark)
        if output["name"] == "stdout" and found:
            reached = rest.strip()
        if text:
            add_stream(outputs, output["name"], text)
    written = "".join(o["text"] for o in outputs if o.get("name") == "stderr")
    # The kernel always asks for a backtrace, and it shows the kernel's own functions.
    written = written.partition("stack backtrace:")[0].strip()
    if reached != str(number):
        return outputs, f"the cell did not reach its end: {written}"
    if " panicked at " in written:
        return outputs, f"a thread panicked: {written}"
    # Standard error tells of progress to those who wait; in a notebook on paper it is noise.
    return [o for o in outputs if o.get("name") != "stderr"], None


def main():
    folder = sys.argv[1]
    cells = json.load(sys.stdin)
    try:
        KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        print(
            "there is no Rust kernel: cargo install --locked evcxr_jupyter --version 0.22.0 && evcxr_jupyter --install",
            file=sys.stderr,
        )
        return 2
    # Who ends this ends the kernel too: `finally` runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    session = Session()
    try:
        try:
            session.start(folder)
        except (RuntimeError, OSError) as error:
            print(f"the Rust kernel does not start: {error}", file=sys.stderr)
            return 2
        for number, source in enumerate(cells):
            started = time.monotonic()
            try:
                outputs, error = run_cell(session, number, source)
            except KernelDied as died:
                outputs, error = [], str(died)
            result = {
                "cell": number,
                "seconds": time.monotonic() - started,
                "outputs": outputs,
                "error": error,
            }
            print(json.dumps(result, sort_keys=True), flush=True)
            if error:
                return 1
        return 0
    finally:
        session.close()


if __name__ == "__main__":
    sys.exit(main())
