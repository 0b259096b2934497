# packages: click
# command: {script} greet --count 2 żółw
"""click: a command line program with a group, options, a failing argument under its own runner, and its exit status."""
import click
from click.testing import CliRunner


@click.group()
@click.version_option("1.2.3", prog_name="tool")
def cli():
    """A tool."""


@cli.command()
@click.argument("name")
@click.option("--count", type=click.IntRange(1, 3), default=1, show_default=True, help="How often.")
@click.option("--color", type=click.Choice(["red", "blue"]), envvar="COLOR")
def greet(name, count, color):
    for _ in range(count):
        click.secho(f"Hello {name}", fg=color)


@cli.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
def show(path):
    click.echo(click.format_filename(path))


@cli.command()
def fails():
    raise click.ClickException("on purpose")


runner = CliRunner()
for line in (["--help"], ["greet"], ["greet", "x", "--count", "9"], ["show", "/missing"], ["show", "/tmp"], ["fails"], ["--version"], ["no"], ["greet", "--color", "green", "x"]):
    result = runner.invoke(cli, line, env={"COLOR": "blue"})
    print(line, result.exit_code, result.output)
with runner.isolated_filesystem():
    open("here", "w").close()
    print(runner.invoke(cli, ["show", "here"]).output)
cli()
