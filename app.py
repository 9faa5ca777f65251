"""The review app and its server: `streamlit run app.py -- PROJECT`."""

from __future__ import annotations

from streamlit.starlette import App

from evidence.ui.serving import MIDDLEWARE, ROUTES, SCRIPT, opening_ahead

# Streamlit looks for this line: a call of App that is given a name.
app = App(SCRIPT, routes=ROUTES, middleware=MIDDLEWARE, lifespan=opening_ahead)
