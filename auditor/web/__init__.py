"""The pages: server-rendered, over the same guards, scopes and services as the API beside them.

`app.make_site` puts them together. A noun has a module in `pages` with its router, and its templates in
`reports/templates/web`. `paint.page` draws one; `forms.Posted` is what a form sent. Pages work without script.
"""
