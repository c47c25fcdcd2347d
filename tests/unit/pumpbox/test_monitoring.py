"""Alerts and dashboard ask for what a process really says: a query of a metric that isn't there is silent for ever."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from core.adapters.metrics.prometheus import PrometheusMeter
from core.domain.order import OrderState
from pumpbox.roles import ROLES
from tests.fakes.composed import OURS, compose

DEPLOY = Path(__file__).parents[3] / "deploy"


@pytest.fixture(scope="module")
def series() -> dict[str, set[str]]:
    """Every series of a process in which everything has happened once, with its labels."""
    meter = PrometheusMeter("0001")
    meter.updates("telegram", "accepted")
    meter.dispatched("buy", "answered", 0.1)
    meter.refused("slippage")
    meter.delivered("telegram", "result", "sent")
    meter.order("buy", "landed")
    meter.landed("buy", 2.0)
    meter.rpc("getSlot", "answered", 0.1)
    meter.signer("sign", "answered", 0.1)
    meter.kept("sweep", "landed")
    meter.keeper_holds(1)
    meter.indexed(3)
    meter.waiting("inbox", "telegram", 1, 2)
    meter.roles({"web": True})
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(meter.page().decode())
        for sample in family.samples
    }


def alerts() -> list[dict[str, object]]:
    found = yaml.safe_load((DEPLOY / "prometheus-rules.yml").read_text())
    return [rule for group in found["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    panels = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    return shown + [str(alert["expr"]) for alert in alerts()]


@pytest.mark.parametrize("query", queries())
def test_a_query_names_what_there_is(query: str, series: dict[str, set[str]]) -> None:
    named = set(re.findall(r"\bpumpbox_\w+", query))
    assert named
    assert named <= series.keys()
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(",")}
    labels = grouped | set(re.findall(r"(\w+)=\"", query)) - {"job"}
    assert labels <= set().union(*(series[name] for name in named)) | {"le"}


def test_every_metric_is_looked_at(series: dict[str, set[str]]) -> None:
    """What nobody looks at is not worth counting."""
    asked = " ".join(queries())
    bare = {re.sub(r"_(bucket|sum|count|created|total)$", "", name) for name in series if "pumpbox_" in name}
    assert [name for name in sorted(bare) if name not in asked] == []


def test_an_alert_says_what_people_notice_and_what_to_do() -> None:
    for alert in alerts():
        assert alert["labels"] in ({"severity": "page"}, {"severity": "warn"}), alert["alert"]
        assert isinstance(alert["annotations"], dict)
        assert alert["annotations"].keys() == {"summary", "description"}
    states = re.findall(r"state=\"(\w+)\"", " ".join(queries()))
    assert set(states) <= {state.value for state in OrderState}


def test_every_service_with_a_network_is_scraped() -> None:
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"][0]
    targets = {target.split(":")[0] for target in scraped["static_configs"][0]["targets"]}
    services = compose("--profile", "*")["services"]
    ours = {name for name, service in services.items() if service["image"] == OURS}
    assert targets == {n for n in ours if ROLES[n].network and not ROLES[n].once} - {"localnet"}
    assert {services[name]["environment"]["OPS_PORT"] for name in targets} == {"9090"}
