"""``consent-auditor demo``: the whole way on a sample tenant, without credentials or network."""

import sys

import click

from auditor.cli.chosen import PROFILES_OPTION, chosen_profiles
from auditor.cli.option_kinds import OneRun
from auditor.cli.output import check_output, write_report
from auditor.files import shown
from auditor.model.profile import Asker, ConsentRequest, Publisher
from auditor.render.write import formats
from auditor.samples import Sample, load_sample, sample_ids


@click.command(name="demo", params=[PROFILES_OPTION])
@click.option(
    "--sample",
    type=click.Choice(sample_ids()),
    default="microsoft-managed",
    show_default=True,
    help="Which sample tenant.",
)
@click.option(
    "--list", "listed", cls=OneRun, is_flag=True, help="List the sample tenants and stop."
)
@click.option(
    "--profile",
    multiple=True,
    metavar="ID|PATH",
    help="A requirement profile; repeatable.  [default: those that the sample is about]",
)
@click.option(
    "--format",
    multiple=True,
    type=click.Choice(formats()),
    help="A report's format; repeatable.  [default: html, markdown]",
)
@click.option(
    "--output",
    default="consent-report-demo",
    show_default=True,
    metavar="DIR",
    help="Where to write the reports.",
)
def command(
    *,
    sample: str,
    listed: bool,
    profile: tuple[str, ...],
    profiles: str,
    format: tuple[str, ...],  # noqa: A002 - the option's name
    output: str,
) -> None:
    """Audit a sample tenant that ships with the program, and write its reports."""
    if listed:
        for one in map(load_sample, sample_ids()):
            click.echo(f"{one.id:24} {one.title}")
        return
    from auditor.pipeline import make_report, read_sample  # noqa: PLC0415 - only when it runs
    from auditor.render.summary import print_summary  # noqa: PLC0415

    chosen = format or ("html", "markdown")
    check_output(chosen, output)
    tenant = load_sample(sample)
    requests = sample_requests(tenant, profile, folder=profiles)
    report = make_report(read_sample(tenant, requests), requests)
    paths = write_report(report, chosen, output)
    if output == "-":
        return
    print_summary(report, sys.stdout)
    click.echo()
    for path in paths:
        click.echo(f"Report: {shown(path.resolve())}")


def sample_requests(
    sample: Sample, profiles: tuple[str, ...] = (), asker: Asker | None = None, folder: str = ""
) -> list[ConsentRequest]:
    """Make the requests of some profiles, with the sample's apps and domains.

    Without profiles it is those that the sample is about: it knows the apps of no others.
    """
    from auditor.catalog import make_request  # noqa: PLC0415

    found = []
    for profile in chosen_profiles(profiles or sorted(sample.variables), folder):
        given = sample.variables.get(profile.id, {})
        names = {variable.name for variable in profile.variables}
        request = make_request(
            profile,
            features=(),
            settings={name: value for name, value in given.items() if name in names},
            asker=asker or Asker(),
            publisher=Publisher.UNKNOWN,
            prompt_consent=False,
            default_scope=False,
        )
        found.append(request)
    return found
