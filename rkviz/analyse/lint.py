"""What can be known of a plan without running it: limits of chip and toolkit, wasted ranges."""

from __future__ import annotations

from rkviz.analyse.code_rules import CODE_RULES
from rkviz.analyse.finding import Finding
from rkviz.analyse.operator_rules import OPERATOR_RULES
from rkviz.analyse.range_rules import NETWORK_RULES, RANGE_RULES
from rkviz.quantize.plan import QuantPlan
from rkviz.target import Engine


def lint(plan: QuantPlan) -> tuple[Finding, ...]:
    """Findings in the order of the network, those on the network as a whole last.

    Layers are named as the window shows them. What runs on the CPU is noted by its step and not
    looked at here. Cost: one look at every weight.
    """
    rules = (*OPERATOR_RULES, *RANGE_RULES, *CODE_RULES)
    found = [
        finding
        for step in plan.steps
        if step.layers and step.engine is not Engine.CPU
        for rule in rules
        for finding in rule(plan, step)
    ]
    return (*found, *(finding for rule in NETWORK_RULES for finding in rule(plan)))
