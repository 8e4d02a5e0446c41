"""Requests by kind: what a price may depend on, taken out of the kept JSON by the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_APART = ("content", "seed", "callback_url", "safety_identifier", "priority", "execution_expires_after")
"""Parameters without a price. Nearly every task has a seed of its own, and so would be a kind of its own."""

_SQLITE = """CASE WHEN json_type(tasks.request, '$.content') = 'array' THEN (
 SELECT json_group_array(json(CASE WHEN item.type <> 'object' THEN 'null'
  WHEN json_extract(item.value, '$.type') = 'video' THEN item.value
  ELSE json_object('type', json_extract(item.value, '$.type'), 'role', json_extract(item.value, '$.role')) END))
 FROM json_each(tasks.request, '$.content') AS item
 WHERE CASE item.type WHEN 'object' THEN coalesce(json_extract(item.value, '$.type'), '') <> 'text' ELSE 1 END)
 ELSE 'null' END"""
_POSTGRES = """CASE WHEN jsonb_typeof(tasks.request::jsonb -> 'content') = 'array' THEN (
 SELECT coalesce(jsonb_agg(CASE WHEN jsonb_typeof(item) <> 'object' THEN 'null'
  WHEN item ->> 'type' = 'video' THEN item
  ELSE jsonb_build_object('type', item -> 'type', 'role', item -> 'role') END ORDER BY place), '[]')::text
 FROM jsonb_array_elements(tasks.request::jsonb -> 'content') WITH ORDINALITY AS items(item, place)
 WHERE coalesce(item ->> 'type', '') <> 'text')
 ELSE 'null' END"""


def kind_columns(connection: sa.Connection) -> dict[str, sa.ColumnElement[Any]]:
    """Two columns of JSON text that tasks of one price share.

    `parameters` is the request without its content and without what has no price. `content` is its items, without
    texts; of pictures and sounds only type and role, of clips everything; `null`: there is no list of them.
    """
    if connection.dialect.name == "sqlite":
        paths = ", ".join(f"'$.{name}'" for name in _APART)
        parameters, content = f"json_remove(tasks.request, {paths})", _SQLITE
    else:
        parameters, content = f"(tasks.request::jsonb - '{{{','.join(_APART)}}}'::text[])::text", _POSTGRES

    return {"parameters": sa.literal_column(parameters, sa.Text), "content": sa.literal_column(content, sa.Text)}
