"""The script that Streamlit runs for every page: `streamlit run dashboard/app.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.checks import check_models
from dashboard.errors import DashboardError
from dashboard.queries.conditions import read_choices
from dashboard.settings import read_settings
from dashboard.sidebar import choose
from dashboard.source import open_source
from dashboard.view import VIEW, View

# Streamlit would load an icon by its name, or an emoji, from another host.
_ICON = Path(__file__).resolve().parent / "icon.svg"
# Not `pages`, whose scripts Streamlit would also run without `app.py`.
_PAGES = Path(__file__).resolve().parent / "page_scripts"


def main() -> None:
    """Show the chosen page, or the reason why there is none."""
    st.set_page_config(page_title="Ozonetel calls", page_icon=str(_ICON), layout="wide")
    page = st.navigation(
        [
            st.Page(_PAGES / "overview.py", title="Overview", icon=":material/monitoring:"),
            st.Page(
                _PAGES / "missed_calls.py", title="Missed calls", icon=":material/phone_missed:"
            ),
            st.Page(_PAGES / "agents.py", title="Agents", icon=":material/support_agent:"),
        ]
    )
    st.title(page.title)
    try:
        settings = read_settings()
        with open_source(settings) as source:
            has_agent_days = check_models(source)
            choices = read_choices(source)
            if choices is None:
                raise DashboardError("The models have no calls yet. Run the tap, then `dbt build`.")  # noqa: TRY301
            chosen = choose(choices)
            st.caption(f"{chosen}")
            VIEW.set(View(source, chosen, settings, has_agent_days))
            page.run()
    except DashboardError as error:
        st.error(str(error))


main()
