"""The command line: one module per noun. Exit statuses are part of the public interface (architecture, section 7)."""

import io
import os
import sys

EXIT_OK, EXIT_FINDINGS, EXIT_INPUT, EXIT_COVERAGE, EXIT_FAULT = 0, 1, 2, 3, 4


def main() -> None:
    """Run the command line. Input errors end with status 2 and one message, faults of ours with 4."""
    import typer

    from auditor.cli.app import app
    from auditor.errors import AuditorError
    from auditor.garbage import look_seldom

    look_seldom()
    for stream in (sys.stdout, sys.stderr):  # a name that the terminal's encoding lacks must not end a run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        result = app(arguments, standalone_mode=False, prog_name="auditor")
        status = result if isinstance(result, int) else EXIT_OK
    except typer.Exit as leave:
        status = leave.exit_code
    except (typer.Abort, KeyboardInterrupt):
        _say("stopped")
        status = 130
    except AuditorError as problem:
        if debug:
            raise
        _say(str(problem))
        status = EXIT_INPUT
    except BrokenPipeError:
        _stop_writing()
        status = EXIT_OK
    except Exception as problem:
        if debug:
            raise
        status = _unexpected(problem)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _stop_writing()
    sys.exit(status)


def _stop_writing() -> None:
    """The reader of a pipe has gone (`| head`): what is left goes nowhere, silently."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unexpected(problem: Exception) -> int:
    """A usage error of the command line's own parser (status 2), or a fault of ours (status 4)."""
    show = getattr(problem, "show", None)
    if show is not None and hasattr(problem, "exit_code"):
        show()
        return int(problem.exit_code)
    _say(f"A fault in Auditor itself: {type(problem).__name__}: {problem}\n  Run it again with --debug and report it.")
    return EXIT_FAULT


def _say(text: str) -> None:
    sys.stderr.write(f"auditor: {text}\n")
