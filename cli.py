"""The command line: parses, calls and prints. Every command imports what it needs only when it runs."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from connector.asking import asked, refuse_without_a_measure
from connector.command import Options, before_command, long_lived_imports, shared, tell

app = typer.Typer(
    name="crossfunnel",
    help="Sales data of Salesforce and Dynamics 365 in one SQLite store, with funnel and quota across all of them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.callback()(before_command)

Sources = Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", show_default=False)]


def _example(text: str) -> str:
    return f"Example: {text}"


@app.command(epilog=_example("crossfunnel init"))
@shared
def init(
    _: Options,
    folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path(),
) -> None:
    """Write a commented crossfunnel.toml and copies of the mapping files."""
    from connector.mapping import packaged_folder
    from connector.scaffold import scaffold

    for path in scaffold(folder, packaged_folder()):
        print_line(f"wrote {path}")


@app.command(epilog=_example("crossfunnel demo"))
@shared
def demo(
    options: Options,
    folder: Annotated[Path, typer.Option(help="Where the demo's store and configuration go.")] = Path("demo"),
    deals: Annotated[int, typer.Option(min=1, help="Deals per org.")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed is another business.")] = 7,
) -> int:
    """Start the sandbox, sync its two orgs over HTTPS, print funnel and quota across both."""
    from connector.demo import run_demo

    return run_demo(folder, deals=deals, seed=seed, quiet=options.quiet, write=print_line)


@app.command(epilog=_example("crossfunnel check acme"))
@shared
def check(options: Options, sources: Sources = None) -> int:
    """Check configuration, mappings, sign-in, permissions and store; one line each, with the mend."""
    from connector.report.checks import render_checks
    from connector.sync.check import check_all

    findings = check_all(options.config, sources or [])
    print_line(render_checks(findings, options.format))
    return next((finding.exit_code for finding in findings if finding.exit_code), 0)


@app.command(epilog=_example("crossfunnel sync acme --object Opportunity --format json"))
@shared
def sync(
    options: Options,
    sources: Sources = None,
    objects: Annotated[
        list[str] | None,
        typer.Option("--object", metavar="O", help="Only this source object or unified table.", show_default=False),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read all again; what is missing is marked deleted.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Pull and map, store nothing.")] = False,
) -> int:
    """Pull what changed out of every source into the store."""
    with long_lived_imports():
        from connector.report.sync import render_summary, shown_progress
        from connector.sync import SyncOptions, run_sync

    settings = _settings(options)
    with shown_progress(quiet=options.quiet) as progress:
        summary = run_sync(
            settings,
            SyncOptions(sources=tuple(sources or ()), objects=tuple(objects or ()), full=full, dry_run=dry_run),
            progress,
        )
    if not (options.quiet and options.format == "table" and summary.exit_code == 0):
        print_line(render_summary(summary, options.format))
    return summary.exit_code


@app.command(epilog=_example("crossfunnel status"))
@shared
def status(options: Options) -> None:
    """Show freshness, cursors, row counts, dangling references, rejects, drift and the last runs."""
    from connector.report.reading import looked_into
    from connector.report.status import render_status
    from connector.store import read_status

    settings = _settings(options)
    with looked_into(settings.store_path) as conn:
        print_line(render_status(read_status(conn, settings.sources), options.format))


@app.command(epilog=_example("crossfunnel rejects --retry"))
@shared
def rejects(
    options: Options,
    retry: Annotated[bool, typer.Option("--retry", help="Map them again, after a mapping was mended.")] = False,
) -> int:
    """List the records that could not be mapped; --retry maps them again."""
    from connector.report.reading import looked_into
    from connector.report.rejects import render_rejects
    from connector.store import read_rejects
    from connector.sync.retry import retry_rejects

    settings, code = _settings(options), 0
    if retry and settings.store_path.exists():
        retried = retry_rejects(settings)
        for cause in retried.causes:
            tell(cause)
        sys.stderr.writelines(f"{line}\n" for line in (*retried.notes, retried.sentence))
        code = retried.exit_code
    with looked_into(settings.store_path) as conn:
        found = list(read_rejects(conn))
    print_line(render_rejects(found, options.format))
    return code


@app.command(epilog=_example("crossfunnel metrics quota --period 2026Q3 --by team"))
@shared
@asked
def metrics(
    options: Options,
    given: dict[str, Any],
    name: Annotated[str | None, typer.Argument(show_default=False, help="funnel, quota ...; none lists them.")] = None,
) -> int:
    """List the measures, or run one over the store."""
    from connector.report.answer import measure
    from connector.report.metrics import render_catalog, render_result

    if name is None:
        from connector.metrics import catalog
        from connector.metrics.words import known_language

        refuse_without_a_measure(given)
        print_line(render_catalog(catalog(), options.format, known_language(given["lang"])))
        return 0
    answer = measure(_settings(options), name, given)
    print_line(render_result(answer, options.format))
    if options.format == "csv":
        sys.stderr.writelines(f"note: {note}\n" for note in answer.result.told())
    return answer.result.exit_code


@app.command(epilog=_example("crossfunnel explain funnel --row stage=won"))
@shared
@asked
def explain(
    options: Options,
    given: dict[str, Any],
    name: Annotated[str, typer.Argument(show_default=False, help="The measure.")],
    row: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Only rows with this value in this column.", show_default=False),
    ] = None,
) -> None:
    """Explain a measure: definition, formula, and the source records behind each figure."""
    from connector.report.answer import explained
    from connector.report.metrics import render_explanation

    print_line(render_explanation(explained(_settings(options), name, given, row or []), options.format))


class _ListsFaults(TyperCommand):
    """A command whose help tells every fault there is."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from connector.demo import faults_help

        servers, faults = faults_help()
        with formatter.section(f"SERVER is one of {', '.join(servers)}; FAULT one of these"):
            formatter.write_dl(faults)
        super().format_epilog(ctx, formatter)


@app.command(
    cls=_ListsFaults,
    epilog=_example("crossfunnel sandbox --fault salesforce:cut-body,path=/query,times=2 --fault entra:status=503"),
)
@shared
def sandbox(
    _: Options,
    folder: Annotated[Path, typer.Option(help="Where its configuration and CA certificate go.")] = Path("sandbox"),
    deals: Annotated[int, typer.Option(min=1, help="Deals per org.")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed is another business.")] = 7,
    export: Annotated[
        Path | None, typer.Option(help="Serve this folder of CSV files (a Salesforce data export) as the org.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SERVER:FAULT", help="Let something go wrong, as listed below; may be repeated.", show_default=False
        ),
    ] = None,
) -> int:
    """Serve a Salesforce org and a Dynamics org on this machine until interrupted."""
    from connector.demo import serve_sandbox

    return serve_sandbox(folder, deals=deals, seed=seed, export=export, faults=fault or [], write=print_line)


def _settings(options: Options) -> Any:
    from connector.config import find_config, load_settings

    return load_settings(find_config(options.config))


def print_line(text: str) -> None:
    """Writes to standard output, whatever the terminal's encoding can show."""
    stream = sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    stream.write(text if text.endswith("\n") else text + "\n")


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
