"""What the service says over HTTP: health, metrics, who may do what; the audits themselves are to come.

`app.make_app` puts the routers together, each noun has a module with its router, `context.Context` is all that they
know of the world, `server` is how the app listens.
"""
