"""What every command of ``cli.py`` has in common: shared options, logging to standard error, errors as sentences."""

from __future__ import annotations

import functools
import gc
import inspect
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from connector import __version__
from connector.errors import CrossfunnelError

Format = Literal["table", "json", "csv"]


def _format(word: str) -> str:
    if word not in get_args(Format):
        raise typer.BadParameter(f"{word!r} is not one of {', '.join(get_args(Format))}.")
    return word


_SHARED: dict[str, Any] = {
    "config": Annotated[
        Path | None, typer.Option("--config", help="crossfunnel.toml to use.", show_default=False, metavar="FILE")
    ],
    "format_": Annotated[
        Format | None,
        typer.Option("--format", parser=_format, help="table, json or csv.", show_default="table", metavar="FORMAT"),
    ],
    "quiet": Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing where all goes well; results are printed.")
    ],
    "verbose": Annotated[int, typer.Option("--verbose", "-v", count=True, help="More on standard error; -vv all.")],
}
_DEFAULTS: dict[str, Any] = {"config": None, "format_": None, "quiet": False, "verbose": 0}


@dataclass
class Options:
    """The shared options, whether they stood before or after the command."""

    config: Path | None = None
    format: Format = "table"
    quiet: bool = False
    verbose: int = 0


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the shared options; it takes them as its first argument, an ``Options``."""
    own = list(inspect.signature(function).parameters.values())[1:]
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[name], annotation=annotation)
        for name, annotation in _SHARED.items()
    ]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @functools.wraps(function)
    def call(context: typer.Context, **values: Any) -> None:
        given = {name: values.pop(name) for name in _SHARED}
        options = _merged(context.obj or Options(), given)
        _set_up_logging(options)
        _guarded(function, options, values)

    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    signature = inspect.Signature([context, *own, *extra])
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    return call


def _tell_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"crossfunnel {__version__}\n")
        raise typer.Exit


def before_command(context: typer.Context, version: bool, **given: Any) -> None:  # noqa: ARG001 - told eagerly
    """Keeps shared options that stand before the command."""
    context.obj = _merged(Options(), given)


_VERSION = Annotated[
    bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")
]
before_command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        inspect.Parameter("version", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_VERSION),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[name], annotation=annotation)
            for name, annotation in _SHARED.items()
        ),
    ]
)
before_command.__annotations__ = {"context": typer.Context, "version": _VERSION, **_SHARED}


def _merged(base: Options, given: dict[str, Any]) -> Options:
    return Options(
        config=given["config"] or base.config,
        format=given["format_"] or base.format,
        quiet=given["quiet"] or base.quiet,
        verbose=given["verbose"] or base.verbose,
    )


def _set_up_logging(options: Options) -> None:
    """Logs go to standard error, through the redaction filter; libraries only speak under -vv."""
    from connector.redaction import RedactingFilter

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if options.verbose > 1 else logging.WARNING)
    level = logging.WARNING if options.quiet else logging.DEBUG if options.verbose else logging.INFO
    logging.getLogger("crossfunnel").setLevel(level)
    # it warns of torn answers with a traceback; the transport judges those by itself
    logging.getLogger("urllib3").setLevel(logging.DEBUG if options.verbose > 1 else logging.ERROR)


def _guarded(function: Callable[..., Any], options: Options, values: dict[str, Any]) -> None:
    """Runs a command: its int is the exit code, our errors become sentences, a traceback is only logged."""
    try:
        code = function(options, **values)
    except CrossfunnelError as error:
        tell(error)
        code = error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        logging.getLogger("crossfunnel").debug("internal error", exc_info=error)
        from connector.redaction import redact

        sys.stderr.write(redact(f"error [internal]: {type(error).__name__}: {error}\n"))
        sys.stderr.write("this is a mistake of the program; run again with -v and report what it prints\n")
        code = 1
    raise typer.Exit(code or 0)


@contextmanager
def long_lived_imports() -> Iterator[None]:
    """What is imported within is never looked through for garbage, nor is garbage sought for every page of rows.

    Rows hold no cycles; the collector's rounds took a fifth of a short run.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


def tell(error: CrossfunnelError) -> None:
    """An error in its stable form on standard error: code, sentence, and what to do next."""
    from connector.plaintext import lines
    from connector.redaction import redact

    sys.stderr.write(redact(lines(f"error [{error.code}]: {error.message}\n")))
    if error.hint:
        sys.stderr.write(redact(lines(f"hint: {error.hint}\n")))
