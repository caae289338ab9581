"""The figures and the rules of the edited network, always visible above its table."""

import streamlit as st

from core.analysis.rules.case import RuleResult
from core.analysis.rules.check import check
from core.analysis.summary.inspection import Inspection
from lab.networks import summary

KEY = "editor_bar"
_BADGES = {
    True: ":green-badge[:material/check: {}]",
    False: ":red-badge[:material/close: {}]",
    None: ":gray-badge[{}]",
}
_STYLE = f"""
<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-{KEY}) {{
  position: sticky; top: .4rem; z-index: 20; border-radius: .4rem;
  background: light-dark(#ffffff, #10161e);
}}
.st-key-{KEY} {{ border: 1px solid #8884; border-radius: .4rem; padding: .5rem .9rem .6rem;
  gap: .4rem; background: #8881; }}
.st-key-{KEY} [data-testid="stMetricValue"] {{ font-size: 1.45rem; line-height: 1.25; }}
.st-key-{KEY} [data-testid="stMetricDelta"] {{ font-size: .85rem; }}
.st-key-{KEY} [data-testid="stMetric"] {{ min-width: 8.5rem; }}
@media (max-width: 1100px) {{
  .st-key-{KEY} [data-testid="stMetric"] {{ min-width: 5.5rem; }}
  .st-key-{KEY} [data-testid="stMetricValue"] {{ font-size: 1.15rem; }}
  .st-key-{KEY} [data-testid="stMetricLabel"] {{ font-size: .78rem; }}
  .st-key-{KEY} [data-testid="stMarkdownContainer"] p {{ font-size: .85rem; line-height: 1.6; }}
}}
</style>
"""


def show(inspection: Inspection, before: Inspection) -> None:
    """Four numbers with their change since `before`, and one badge a rule."""
    st.html(_STYLE)
    with st.container(horizontal=True, gap="small"):
        for figure in summary.figures(inspection, before):
            st.metric(
                figure.title,
                figure.value,
                figure.change,
                delta_color="off",
                help=figure.about,
                width="content",
            )
    st.markdown(" ".join(_badge(rule) for rule in check(inspection)))


def _badge(rule: RuleResult) -> str:
    return _BADGES[rule.passed].format(rule.title)
