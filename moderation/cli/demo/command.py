"""`moderation demo`: the service, its worker and a sample portal on this machine, with everything made for it.

1 the two ports are free, the folder is ours
2 first start: schema, site, rules, accounts, comments; later starts keep them
3 service, worker and portal as processes of their own, at the loopback address alone
4 until Ctrl-C, or until one of them dies
"""

import errno
import socket
import sys

import click

from moderation.cli import output
from moderation.cli.application import plainly
from moderation.cli.demo.children import Children
from moderation.cli.demo.prepare import MODERATOR, OWNER, SITE, prepare, step_count
from moderation.cli.demo.state import FOLDER, Folder, State
from moderation.cli.refusal import Refusal

LOOPBACK = "127.0.0.1"


@click.command("demo")
@click.option(
    "--port", type=click.IntRange(1, 65_534), default=8080, show_default=True, help="The portal has the next."
)
@click.option("--fresh", "is_fresh", is_flag=True, help="Forget what was there and start over.")
@output.json_option
def demo(port: int, *, is_fresh: bool, as_json: bool) -> None:
    """Run the whole service with a sample portal. Its data stays in ./.demo."""
    for one in (port, port + 1):
        _check_free(one)
    folder = Folder(FOLDER)
    state = folder.open(is_fresh=is_fresh)
    environment = folder.environment(state)
    service, portal = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{port + 1}"
    with (
        plainly(),
        click.progressbar(
            length=step_count(),
            label="准备演示数据 Preparing",
            file=sys.stderr,
            hidden=state.is_ready or not sys.stderr.isatty(),
        ) as bar,
    ):
        origins = (portal, f"http://localhost:{port + 1}")
        prepare(environment, state, portal=portal, origins=origins, on_step=lambda: bar.update(1))
    folder.note_ready(state)

    with Children(folder.path, environment) as children:
        children.start("service", "serve", "--host", LOOPBACK, "--port", str(port))
        children.start("worker", "worker")
        children.start("portal", "portal", service, SITE, str(port + 1))
        if not children.wait_ready([(port, "/readyz"), (port + 1, "/")]):
            return
        _tell(service, portal, state, as_json=as_json)
        children.wait()
        output.message("\n正在停止……  Stopping …")


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            why = "已被占用" if error.errno == errno.EADDRINUSE else "不可用"
            raise Refusal(
                f"端口 {port} {why}。请换一个:--port N(需要 N 和 N+1)。\n"
                f"  Port {port} is not free ({error.strerror}). Choose another: --port N (N and N+1 are needed)."
            ) from error


def _tell(service: str, portal: str, state: State, *, as_json: bool) -> None:
    accounts = ((MODERATOR, "审核员", state.moderator_password), (OWNER, "站长  ", state.owner_password))
    if as_json:
        output.document(
            {
                "portal": f"{portal}/",
                "console": f"{service}/console/",
                "service": service,
                "site": SITE,
                "accounts": [{"login": login, "password": password} for login, _, password in accounts],
            }
        )
        sys.stdout.flush()
        return
    lines = [
        "",
        click.style("演示已就绪  The demo is ready", bold=True),
        "",
        f"  示例门户  Portal    {portal}/",
        f"  审核台    Console   {service}/console/",
        "",
        "登录审核台  Sign in to the console",
        "",
        *(f"  {title}  {login:<9} {password}" for login, title, password in accounts),
        "",
        f"数据和日志在 {FOLDER}/,下次启动会保留;--fresh 从头开始。按 Ctrl-C 停止。",
        f"Data and logs stay in {FOLDER}/; --fresh starts over. Ctrl-C stops.",
        "",
    ]
    click.echo("\n".join(lines))
    sys.stdout.flush()
