"""``hub routes``: the business exchanges of this hub."""

from __future__ import annotations

from hub.cli.frame import JsonOption, configuration, group, result, result_json

app = group("List routes.")


@app.command("list", short_help="List routes, and whether each can be used.")
def list_routes(as_json: JsonOption = False) -> None:
    """List routes: name, connection, partner, whether it can be used, and what it is for. Needs no database.

    \b
    Examples:
      hub routes list
      hub routes list --json | jq -r '.[] | select(.usable) | .name'
    """
    from hub import configured, registry

    config = configuration()
    usable = configured.make_routes(config)
    rows = []
    for name, (exchange, row) in registry.routes().items():
        own = config.routes.get(name)
        route = usable.get(name)
        connection = route.connection if route else (own.connection if own else None) or row.connection
        if route is None:
            why = "switched off" if own is not None and not own.enabled else f"no connection {connection!r} is configured"
        else:
            why = "" if config.connections[connection].enabled else f"connection {connection!r} is switched off: messages wait"
        rows.append(
            {
                "name": name,
                "connection": connection,
                "partner": exchange.partner,
                "usable": route is not None,
                "remark": why,
                "title": route.title if route else "",
                "expects_answer": bool(route and route.policy.expects_answer),
            }
        )
    if as_json:
        result_json(rows)
        return
    for one in rows:
        state = "usable" if one["usable"] else "off"
        text = " - ".join(str(part) for part in (one["title"], one["remark"]) if part)
        result(f"{one['name']:<18} {one['connection']:<12} {one['partner']:<12} {state:<8} {text}".rstrip())
