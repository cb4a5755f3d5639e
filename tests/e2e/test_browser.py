"""The HTML report in a real browser: closed, calm, readable for everybody, and printable.

Needs Chromium with its driver; without them the tests are skipped, unless REQUIRE_BROWSER=1.
"""

import base64
import io
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

import pytest
from pypdf import PdfReader
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from auditor.model.inventory import InventoryReport
from auditor.model.report import Report
from auditor.pipeline import make_report, read_sample
from auditor.render.clean import clean, clean_lines, clean_sentence
from auditor.render.inventory_overview import Overview
from auditor.render.inventory_page import render_inventory_html
from auditor.render.text import csp_hash, render
from auditor.render.view import view
from auditor.resources import resource
from auditor.samples import Sample, load_sample, load_sample_file
from tests.unit import inventory_report_case
from tests.unit import report_fixture as fixture
from tests.unit.sample_case import request_of

pytestmark = pytest.mark.browser


def demo(sample: Sample, *profiles: str) -> Report:
    """Make the report of a sample tenant as a run does."""
    asked = profiles or sorted(sample.variables)
    requests = tuple(request_of(sample, one) for one in asked)
    return make_report(read_sample(sample, requests), requests)


HOSTILE_SAMPLE = Path(__file__).parents[1] / "samples" / "hostile.json"
REPORTS: dict[str, Callable[[], Report]] = {
    "single": fixture.single,
    "several": fixture.several,
    "hostile": fixture.hostile,
    "demo-single": lambda: demo(load_sample("microsoft-managed"), "sophiie"),
    "demo-all": lambda: demo(load_sample("microsoft-managed")),
    "demo-unreadable": lambda: demo(load_sample("partly-unreadable")),
    "demo-hostile": lambda: demo(load_sample_file(HOSTILE_SAMPLE)),
}
INVENTORIES: dict[str, Callable[[], InventoryReport]] = {
    "inventory": inventory_report_case.small,
    "inventory-hostile": inventory_report_case.hostile,
    "inventory-large": partial(inventory_report_case.large, 30, 20),
}


@cache
def report_of(name: str) -> Report:
    return REPORTS[name]()


@cache
def page_of(name: str) -> bytes:
    if name in REPORTS:
        return render(report_of(name), "html")
    return render_inventory_html(Overview(INVENTORIES[name]()), beside=True)


PRINTED = sorted(set(REPORTS) - {"hostile"})
"""Reports whose text the fonts of a test machine can print."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 600.0
"""Seconds that a page or a script may take on a busy machine."""
AXE = """
const [only, done] = arguments
const options = {resultTypes: ['violations'], ...(only.length && {runOnly: {type: 'rule', values: only}})}
axe.run(options).then(done, error => done({error: String(error)}))
"""
SHEETS = ("style.css", "inventory.css")
COLOUR_RULES = ("color-contrast", "link-in-text-block")
OPEN_ALL = "for (const fold of document.querySelectorAll('details')) fold.open = true"
OVERFLOWING = """
return [...document.querySelectorAll('body *')]
  .filter(item => !item.closest('pre, svg, .skip, .hidden, thead') && !item.parentElement.closest('.compare'))
  .filter(item => item.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    || (item.matches('.sheet:not(.many)') && item.scrollWidth > item.clientWidth))
  .map(item => item.tagName + '.' + item.className)
"""


class Violation(TypedDict):
    """What axe reports, as far as it is shown when a test fails."""

    id: str
    help: str
    nodes: list[dict[str, object]]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium and chromedriver are not installed")
        pytest.skip("needs Chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    profile = tmp_path_factory.mktemp("profile")
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    chrome.set_page_load_timeout(PATIENCE)
    chrome.set_script_timeout(PATIENCE)
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture(params=sorted(REPORTS))
def report(request: pytest.FixtureRequest) -> Report:
    return report_of(str(request.param))


@pytest.fixture(params=sorted({*REPORTS, *INVENTORIES}))
def page(
    browser: webdriver.Chrome, request: pytest.FixtureRequest, tmp_path: Path
) -> webdriver.Chrome:
    return visit(browser, page_of(str(request.param)), tmp_path)


def visit(browser: webdriver.Chrome, content: bytes, folder: Path) -> webdriver.Chrome:
    """Open a page from a file, with logs emptied and a desktop window in light colours."""
    path = folder / "report.html"
    path.write_bytes(content)
    browser.get("about:blank")
    for log in ("browser", "performance"):
        logged(browser, log)
    resize(browser, 1400)
    colours(browser, "light")
    browser.get(path.as_uri())
    return browser


def resize(browser: webdriver.Chrome, width: int) -> None:
    """Show the page at a width in CSS pixels."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def colours(browser: webdriver.Chrome, scheme: str) -> None:
    """Pretend that the reader prefers ``light`` or ``dark``."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def logged(browser: webdriver.Chrome, name: str) -> list[dict[str, str]]:
    """Return the entries of a log since the last look."""
    entries: list[dict[str, str]] = browser.get_log(name)  # type: ignore[no-untyped-call]
    return entries


def requested(browser: webdriver.Chrome) -> list[str]:
    """Return the address of every request since the last look."""
    messages = [json.loads(entry["message"])["message"] for entry in logged(browser, "performance")]
    return [
        str(message["params"]["request"]["url"])
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def violations(browser: webdriver.Chrome, *only: str) -> list[Violation]:
    """Run axe-core in the page, with every rule that it has or with some only."""
    script = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    browser.execute_script(script)
    result = browser.execute_async_script(AXE, only)
    assert isinstance(result, dict)
    assert "error" not in result
    ran = {item["id"] for kind in ("passes", "violations", "incomplete") for item in result[kind]}
    assert "color-contrast" in ran
    assert only or len(result["passes"]) > 15
    found: list[Violation] = result["violations"]
    return found


def test_it_asks_for_nothing_and_breaks_no_policy(page: webdriver.Chrome) -> None:
    assert logged(page, "browser") == []
    assert requested(page) == [page.current_url]
    background = page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    assert background != "rgba(0, 0, 0, 0)"


def test_the_policy_is_in_force(browser: webdriver.Chrome, tmp_path: Path) -> None:
    source = page_of("single").decode()
    style = source.partition("<style>")[2].partition("</style>")[0]
    planted = '<img src="https://evil.example/x.png"><script>document.title = "owned"</script>'
    changed = source.replace(csp_hash(style), csp_hash("other")).replace("</main>", planted)
    page = visit(browser, changed.encode(), tmp_path)
    complaints = " ".join(str(entry["message"]) for entry in logged(page, "browser"))
    for directive in ("style-src", "img-src", "script-src"):
        assert directive in complaints
    assert page.title != "owned"


@pytest.mark.parametrize("width", [360, 768, 1400])
def test_nothing_is_wider_than_the_window(page: webdriver.Chrome, width: int) -> None:
    resize(page, width)
    page.execute_script(OPEN_ALL)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    assert page.execute_script(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_axe_finds_no_violation(page: webdriver.Chrome, scheme: str, width: int) -> None:
    colours(page, scheme)
    resize(page, width)
    page.execute_script(OPEN_ALL)
    found = violations(page, *(COLOUR_RULES if scheme == "dark" else ()))
    assert [(item["id"], item["help"], item["nodes"][:2]) for item in found] == []


def test_dark_changes_nothing_but_colours() -> None:
    """Why axe's other rules say in the dark what they say in the light."""
    sheets = "".join(resource("reports", "html", one).read_text("utf-8") for one in SHEETS)
    blocks = re.findall(r"@media[^{]*dark\)\s*\{\s*:root\s*\{([^{}]*)\}\s*\}", sheets)
    assert len(blocks) == sheets.count("prefers-color-scheme") > 0
    lines = [line.strip() for block in blocks for line in block.split(";") if line.strip()]
    colour = re.compile(r"--[\w-]+: #[0-9a-f]{3,8}|color-scheme: dark")
    assert [line for line in lines if not colour.fullmatch(line)] == []


def test_dark_is_dark(page: webdriver.Chrome) -> None:
    body = page.find_element(By.TAG_NAME, "body")
    light = body.value_of_css_property("background-color")
    colours(page, "dark")
    assert body.value_of_css_property("background-color") != light


def test_the_keyboard_reaches_the_answer_first(page: webdriver.Chrome) -> None:
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = page.switch_to.active_element
    assert skip.text == "Skip to the answer"
    assert skip.rect["y"] >= 0
    assert skip.value_of_css_property("outline-style") == "solid"
    skip.send_keys(Keys.ENTER)
    assert page.switch_to.active_element.get_attribute("id") == "main"


def test_folded_parts_open_with_the_keyboard(
    browser: webdriver.Chrome, report: Report, tmp_path: Path
) -> None:
    page = visit(browser, render(report, "html"), tmp_path)
    fold = page.find_element(By.CSS_SELECTOR, ".traces details")
    assert not fold.find_element(By.CSS_SELECTOR, ".trace").is_displayed()
    fold.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert fold.find_element(By.CSS_SELECTOR, ".trace").is_displayed()


def test_the_first_screen_has_the_answer(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = visit(browser, page_of("single"), tmp_path)
    for width in (360, 1400):
        resize(page, width)
        verdict = page.find_element(By.CSS_SELECTOR, ".verdict")
        assert verdict.text == "Not yet"
        assert verdict.rect["y"] + verdict.rect["height"] < 640


@pytest.mark.parametrize("name", PRINTED)
def test_print_loses_nothing(browser: webdriver.Chrome, name: str, tmp_path: Path) -> None:
    page = visit(browser, page_of(name), tmp_path)
    printed = squeeze(pdf_text(page))
    missing = [part for part in expected_in_print(report_of(name)) if squeeze(part) not in printed]
    assert missing == []


def test_scripts_stay_off_the_paper(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = visit(browser, page_of("single"), tmp_path)
    printed = squeeze(pdf_text(page))
    assert "Set-StrictMode" not in printed
    assert squeeze("--plan 1 --format azure-cli") in printed


@pytest.mark.parametrize("name", ["single", "demo-single"])
def test_plans_stand_side_by_side_where_there_is_room(
    browser: webdriver.Chrome, name: str, tmp_path: Path
) -> None:
    page = visit(browser, page_of(name), tmp_path)
    tops = {cell.rect["y"] for cell in cells_of_first_row(page)}
    assert len(tops) == 1
    resize(page, 360)
    assert len({cell.rect["y"] for cell in cells_of_first_row(page)}) > 2


def cells_of_first_row(page: webdriver.Chrome) -> list[WebElement]:
    """Return what the first row of the comparison says of each plan."""
    return page.find_elements(By.CSS_SELECTOR, ".compare tbody tr:first-child td")


def test_one_click_marks_a_whole_script(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = visit(browser, page_of("single"), tmp_path)
    page.execute_script(OPEN_ALL)
    code = page.find_element(By.CSS_SELECTOR, ".dialect pre code")
    code.click()
    marked = page.execute_script("return getSelection().toString()")
    assert squeeze(marked) == squeeze(str(code.get_property("textContent")))


def test_a_link_to_a_folded_plan_opens_it(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = visit(browser, page_of("single"), tmp_path)
    plan = page.find_element(By.ID, "app-1-plan-3")
    assert not plan.is_displayed()
    page.find_element(By.CSS_SELECTOR, '.compare a[href="#app-1-plan-3"]').send_keys(Keys.ENTER)
    assert plan.is_displayed()


def expected_in_print(report: Report) -> Iterator[str]:
    """Yield what a reader of the paper must find."""
    for item in report.assessments:
        for one in item.decision.permissions:
            yield clean(one.asked.requirement.value)
            yield from (clean_sentence(reason.text) for reason in one.reasons)
            yield from (clean_sentence(fact.request) for fact in one.missing)
        for step in (*item.first_steps, *(step for plan in item.plans for step in plan.steps)):
            yield from map(clean_sentence, (step.title, step.check))
            # pypdf gives letters of other scripts in another order
            yield from (line for line in clean_lines(step.undo).splitlines() if line.isascii())
            yield step.portal_url
    for app in view(report).assessments:
        yield from (step.text for group in app.traces for step in group.steps)
        yield from (group.shown_for for group in app.traces if group.steps)
        for shown in app.plans:
            yield from (shown.title, shown.summary, shown.proof, shown.command, *shown.marks)
            yield from (text for _, text in shown.reach)
            yield from (
                reason for group in shown.groups for one in group.moves for reason in one.because
            )
        yield from (line for row in app.comparison for cell in row.cells for line in cell.lines)
    for control in report.baselines:
        yield from map(clean_sentence, (control.title, control.text.why))
    for source in report.completeness:
        yield from map(clean_sentence, (source.title, source.request, source.detail))
    for finding in report.findings:
        yield from map(clean_sentence, (finding.title, finding.message))
        yield from (clean_sentence(value) for _, value in finding.evidence)


def pdf_text(page: webdriver.Chrome) -> str:
    """Print on A4 and return the text of all pages."""
    answer = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    reader = PdfReader(io.BytesIO(base64.b64decode(answer["data"])))
    assert round(float(reader.pages[0].mediabox.width)) == 595
    return "".join(sheet.extract_text() for sheet in reader.pages)


def squeeze(text: str) -> str:
    """Drop white space and ligatures, which printing decides anew."""
    return "".join(unicodedata.normalize("NFKC", text).split())
